import type { OpenMetric, RecordValue } from '../core/metrics';

/**
 * The metrics of a function. A throttled request is neither an invocation nor an error.
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

  /** Records an invocation. Each has a value of `Errors`, so that their rate can be computed. */
  recordInvocation(failed: boolean): void {
    this.countInvocation();
    this.recordError(failed ? 1 : 0);
  }
}
