import { isRequestXRaySampled } from '@aws-lambda-powertools/commons/utils/env';
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import type { Context } from 'aws-lambda';
import type { ProblemError } from '../../chat/protocol/problems';
import { closeIdleSockets } from '../transport/keep-alive';

/**
 * Formats log lines like Powertools, but omits fields that only make each line longer. Omits the ARN of the function, because
 * the line contains its name. Omits the memory size, because `REPORT` lines contain it. Omits a sampling rate of 0, and
 * `cold_start` unless it is true. Omits the ID of a trace that is not sampled, because X-Ray does not store the trace.
 *
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/#custom-log-formatter
 */
export class ShortLogFormatter extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, lambdaContext, sampleRateValue, xRayTraceId } =
      attributes;
    const item = new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: this.formatTimestamp(timestamp),
        service: serviceName,
        cold_start: lambdaContext?.coldStart || undefined,
        function_name: lambdaContext?.functionName,
        function_request_id: lambdaContext?.awsRequestId,
        sampling_rate: sampleRateValue === 0 ? undefined : sampleRateValue,
        xray_trace_id: isRequestXRaySampled() ? xRayTraceId : undefined,
      },
    });
    return item.addAttributes(more);
  }
}

/** Shared by all invocations of the execution environment. The template sets the POWERTOOLS_ variables. */
export const logger = new Logger({ logFormatter: new ShortLogFormatter() });
export const metrics = new Metrics();
export const tracer = new Tracer();

let isColdStart = true;

export { MetricUnit };

/** Returns the log fields of an error. Omits all other properties, because they may contain message texts. */
export function errorFields(error: unknown) {
  const { name, message, stack } = error as Error;
  return { errorName: name, errorMessage: message, stack };
}

/** Records the client's calls as subsegments, and returns the client. */
export function traceClient<Client extends object>(client: Client): Client {
  return tracer.captureAWSv3Client(client);
}

/**
 * Returns the trace header for services that accept it in the request body. Returns undefined if tracing is on, because the
 * traced client then sends a header that identifies the call as the parent.
 */
export function traceHeader(): string | undefined {
  return tracer.isTracingEnabled() ? undefined : process.env._X_AMZN_TRACE_ID;
}

/** Adds annotations to the current subsegment. X-Ray indexes annotations for searches. Never pass text that users wrote. */
export function annotate(annotations: Record<string, string | number | boolean>): void {
  for (const [key, value] of Object.entries(annotations)) tracer.putAnnotation(key, value);
}

/** Runs `work` in a subsegment of the current segment or subsegment, and records its error. */
export async function runInSubsegment<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  if (!tracer.isTracingEnabled()) return work();
  const run = async (subsegment?: { close(): void }) => {
    try {
      return await work();
    } catch (error) {
      tracer.addErrorAsMetadata(error as Error);
      throw error;
    } finally {
      subsegment?.close();
    }
  };
  return tracer.provider.captureAsyncFunc(name, run) as Promise<Result>;
}

/** Counts rare events. Does not publish a count of 0, because each published metric adds to the cost of logs. */
export function countRare(name: string, count: number): void {
  if (count > 0) metrics.addMetric(name, MetricUnit.Count, count);
}

/**
 * Wraps a Lambda handler. Adds the invocation's context to the logs, runs the handler in a subsegment named after the function,
 * logs errors and publishes metrics. Closes TCP connections that were idle while the environment was frozen. Never logs the
 * event.
 */
export function instrument<Event, Result>(
  handler: (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  return async (event, context) => {
    closeIdleSockets(); // before the first request, because Lambda may have frozen the environment
    logger.refreshSampleRateCalculation(); // decides for each invocation whether it logs at DEBUG
    logger.addContext(context);
    metrics.captureColdStartMetric(context.functionName);
    try {
      return await runInSubsegment(`## ${context.functionName}`, () => {
        annotate({
          ColdStart: isColdStart,
          Service: process.env.POWERTOOLS_SERVICE_NAME ?? 'service_undefined',
        });
        isColdStart = false;
        return handler(event, context);
      });
    } catch (error) {
      logger.error('Invocation failed', errorFields(error));
      metrics.addMetric('Failures', MetricUnit.Count, 1);
      throw error;
    } finally {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      logger.resetKeys();
    }
  };
}

/**
 * Logs and counts a problem. A problem without a cause is an error of the client, and is logged as a warning. A problem with a
 * cause is a failure of the service. It is logged as an error, counted in `Failures` and added to the trace.
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
