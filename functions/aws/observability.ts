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

/** The invocation's own X-Ray header, for services that carry it on only when they are given it. */
export function traceHeader(): string | undefined {
  return process.env._X_AMZN_TRACE_ID;
}

/**
 * A Lambda handler around `work`: logs carry the invocation's context, the work is a subsegment named after the
 * function, metrics are flushed once at the end, and an error is recorded before it is thrown on. Never logs an event.
 */
export function instrumented<Event, Result>(
  work: (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  return async (event, context) => {
    logger.addContext(context);
    metrics.captureColdStartMetric(context.functionName);
    const segment = tracer.isTracingEnabled() ? tracer.getSegment() : undefined;
    const subsegment = segment?.addNewSubsegment(`## ${context.functionName}`);
    if (subsegment) tracer.setSegment(subsegment);
    tracer.annotateColdStart();
    tracer.addServiceNameAnnotation();
    try {
      return await work(event, context);
    } catch (error) {
      tracer.addErrorAsMetadata(error as Error);
      logger.error('The invocation failed', described(error));
      throw error;
    } finally {
      subsegment?.close();
      if (segment) tracer.setSegment(segment);
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      logger.resetKeys();
    }
  };
}
