import { AwsError, type JsonObject } from '../core/service';
import { invalidParameter } from './errors';
import type { Queue } from './queue';

/** The maximum number of tasks that AWS lists for a queue. */
const MAX_TASKS = 10;

/**
 * Implements `StartMessageMoveTask`, which moves messages from a dead-letter queue to their source queues. Tasks end
 * immediately.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
 */
export class MoveTasks {
  /** The tasks by source ARN, newest first. */
  private readonly tasks = new Map<string, JsonObject[]>();

  constructor(
    private readonly queues: ReadonlyMap<string, Queue>,
    private readonly clock: () => number,
  ) {}

  /**
   * @throws AwsError `ResourceNotFoundException`, or `InvalidParameterValue` if no queue uses the source as its dead-letter
   *   queue. The error messages are AWS's messages, as recorded in moto.
   */
  start({ SourceArn, DestinationArn }: JsonObject): JsonObject {
    const source = this.requireQueue('SourceArn', SourceArn);
    const { arn } = source.model;
    if (![...this.queues.values()].some(({ model }) => model.redrive?.deadLetterArn === arn)) {
      throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    }
    const destination =
      DestinationArn === undefined ? undefined : this.requireQueue('DestinationArn', DestinationArn);
    const StartedTimestamp = this.clock();
    const { moved, kept } = source.moveVisible(
      (sourceArn) => destination ?? this.queues.get(sourceArn ?? ''),
    );
    const task = {
      Status: kept > 0 ? 'FAILED' : 'COMPLETED',
      ...(kept > 0 ? { FailureReason: 'CouldNotDetermineMessageSource' } : {}),
      SourceArn: arn,
      ...(destination ? { DestinationArn: destination.model.arn } : {}),
      ApproximateNumberOfMessagesMoved: moved,
      ApproximateNumberOfMessagesToMove: moved + kept,
      StartedTimestamp,
    };
    this.tasks.set(arn, [task, ...(this.tasks.get(arn) ?? [])].slice(0, MAX_TASKS));
    const handle = { sourceArn: arn, startedAt: StartedTimestamp };
    return { TaskHandle: Buffer.from(JSON.stringify(handle)).toString('base64') };
  }

  list({ SourceArn, MaxResults = 1 }: JsonObject): JsonObject {
    const { arn } = this.requireQueue('SourceArn', SourceArn).model;
    return { Results: (this.tasks.get(arn) ?? []).slice(0, Number(MaxResults)) };
  }

  private requireQueue(parameter: string, arn: unknown): Queue {
    const queue = this.queues.get(String(arn ?? ''));
    if (queue) return queue;
    const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
    throw new AwsError('ResourceNotFoundException', message);
  }
}
