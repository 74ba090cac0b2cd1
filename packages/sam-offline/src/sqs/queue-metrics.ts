import type { OpenMetric, RecordValue } from '../core/metrics';
import type { Queue } from './queue';

/**
 * Records the metrics of a queue. SQS measures every minute. The runtime measures after every call, and omits unchanged values.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export class QueueMetrics {
  private readonly recordVisible: RecordValue;
  private visible = 0;

  constructor(
    openMetric: OpenMetric,
    private readonly queue: Queue,
  ) {
    this.recordVisible = openMetric({
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      unit: 'Count',
      dimensions: { QueueName: queue.model.name },
    });
  }

  measure(): void {
    const { visible } = this.queue.counts();
    if (visible !== this.visible) this.recordVisible(visible);
    this.visible = visible;
  }
}
