import type { OpenMetric, RecordValue } from '../core/metrics';
import type { ExecutionRecord } from './execution-record';

/**
 * The metrics of a state machine.
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 */
export class MachineMetrics {
  readonly recordStart: RecordValue;
  private readonly recordTime: RecordValue;
  private readonly recordEnd: Readonly<Record<ExecutionRecord['status'], RecordValue>>;

  constructor(openMetric: OpenMetric, stateMachineArn: string) {
    const open = (name: string, unit = 'Count') =>
      openMetric({
        namespace: 'AWS/States',
        name,
        unit,
        dimensions: { StateMachineArn: stateMachineArn },
      });
    this.recordStart = open('ExecutionsStarted');
    this.recordTime = open('ExecutionTime', 'Milliseconds');
    this.recordEnd = {
      SUCCEEDED: open('ExecutionsSucceeded'),
      FAILED: open('ExecutionsFailed'),
      TIMED_OUT: open('ExecutionsTimedOut'),
      ABORTED: open('ExecutionsAborted'),
    };
  }

  recordExecution({ status, startDate, stopDate }: ExecutionRecord): void {
    this.recordEnd[status]();
    this.recordTime(stopDate - startDate);
  }
}
