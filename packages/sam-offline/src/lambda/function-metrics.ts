import type { OpenMetric, RecordValue } from '../core/metrics';

/**
 * The metrics of a function. Throttled requests do not count as invocations or errors.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export class FunctionMetrics {
  /** Records the duration of the handler in milliseconds. */
  readonly recordDuration: RecordValue;
  readonly recordThrottle: RecordValue;
  private readonly recordError: RecordValue;
  private readonly countInvocation: RecordValue;

  constructor(openMetric: OpenMetric, functionName: string) {
    const open = (name: string, unit = 'Count') =>
      openMetric({ namespace: 'AWS/Lambda', name, unit, dimensions: { FunctionName: functionName } });
    this.countInvocation = open('Invocations');
    this.recordError = open('Errors');
    this.recordThrottle = open('Throttles');
    this.recordDuration = open('Duration', 'Milliseconds');
  }

  /** Records an invocation. Records a value of `Errors` for each invocation, so that the error rate can be computed. */
  recordInvocation(failed: boolean): void {
    this.countInvocation();
    this.recordError(failed ? 1 : 0);
  }
}
