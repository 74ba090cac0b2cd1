import type { ProblemError } from '../chat/problems';
import { errorFields, logger, MetricUnit, metrics, tracer } from './observability';

/**
 * Logs and counts a problem. A problem without a cause is the client's error and logged as a warning. A problem with a
 * cause is a failure of the service: it is logged as an error, counted in `Failures` and added to the trace.
 */
export function recordProblem(problem: ProblemError, routeKey: string): void {
  const { type, detail, cause } = problem;
  if (cause === undefined) logger.warn('Refused', { problem: type, detail });
  else {
    logger.error('Request failed', { problem: type, ...errorFields(cause) });
    metrics.addMetric('Failures', MetricUnit.Count, 1);
    tracer.addErrorAsMetadata(cause as Error);
  }
  const byProblem = metrics.singleMetric();
  byProblem.addDimensions({ route: routeKey, problem: type });
  byProblem.addMetric('Refused', MetricUnit.Count, 1);
}
