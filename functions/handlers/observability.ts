import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';

/** One of each per container; names and levels come from the POWERTOOLS_ variables of the template. */
export const logger = new Logger();
export const metrics = new Metrics();
export const tracer = new Tracer();

export { MetricUnit };

/** What is logged of an error: never its other properties, which may hold what somebody wrote. */
export function described(error: unknown) {
  const { name, message, stack } = error as Error;
  return { errorName: name, errorMessage: message, stack };
}

/** The client with its calls recorded as subsegments. */
export function traced<T>(client: T): T {
  return tracer.captureAWSv3Client(client);
}

/**
 * The trace for a service that takes its header in the request itself. Undefined while the tracer is on: a traced client
 * sends a header that names the call as the parent, and one in the request would override it.
 */
export function traceHeader(): string | undefined {
  return tracer.isTracingEnabled() ? undefined : process.env._X_AMZN_TRACE_ID;
}

/** Runs `work` as a subsegment of what runs now; an error is recorded before it is thrown on. */
export async function subsegment<T>(name: string, work: () => Promise<T>): Promise<T> {
  const outer = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
  const inner = outer?.addNewSubsegment(name);
  if (inner) tracer.setSegment(inner);
  try {
    return await work();
  } catch (error) {
    tracer.addErrorAsMetadata(error as Error);
    throw error;
  } finally {
    inner?.close();
    if (outer) tracer.setSegment(outer);
  }
}

/** Annotations of what runs now, by which traces are found. Never what somebody wrote. */
export function annotate(annotations: Record<string, string | number>): void {
  for (const [key, value] of Object.entries(annotations)) tracer.putAnnotation(key, value);
}

/**
 * A Lambda handler around `work`: logs carry the invocation's context, the work is a subsegment named after the
 * function, metrics are flushed once at the end, and an error is logged before it is thrown on. Never logs an event.
 */
export function instrumented<Event, Result>(
  work: (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  return async (event, context) => {
    logger.refreshSampleRateCalculation(); // a share of invocations logs at DEBUG, each decided anew
    logger.addContext(context);
    metrics.captureColdStartMetric(context.functionName);
    try {
      return await subsegment(`## ${context.functionName}`, () => {
        tracer.annotateColdStart();
        tracer.addServiceNameAnnotation();
        return work(event, context);
      });
    } catch (error) {
      logger.error('The invocation failed', described(error));
      metrics.addMetric('Failures', MetricUnit.Count, 1);
      throw error;
    } finally {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      logger.resetKeys();
    }
  };
}
