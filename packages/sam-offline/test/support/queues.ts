import type { JsonObject } from '../../src/core/service';
import { createSqs, type SqsOptions } from '../../src/sqs';
import type { QueueModel } from '../../src/sqs/model';

export const region = 'eu-central-1';
export const accountId = '123456789012';

export const queueArn = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`;

/** Returns a queue with the default properties. It is a FIFO queue if the name ends with `.fifo`. */
export function queue(name: string, more: Partial<QueueModel> = {}): QueueModel {
  return {
    logicalId: name.replace('.fifo', ''),
    name,
    arn: queueArn(name),
    visibilityTimeoutSeconds: 30,
    messageRetentionSeconds: 345_600,
    ...(name.endsWith('.fifo') && {
      fifo: { contentBasedDeduplication: true, deduplicationScope: 'queue' },
    }),
    ...more,
  };
}

type Received = JsonObject & {
  readonly Body: string;
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Attributes: Record<string, string>;
};

/** Creates an SQS service with these queues. `QueueUrl` defaults to the first queue. */
export function openQueues(queues: readonly QueueModel[], more: Partial<SqsOptions> = {}) {
  const sqs = createSqs({ queues, region, accountId, ...more });
  const call = (action: string, input: JsonObject = {}) =>
    sqs.call(action, { QueueUrl: queues[0]?.name, ...input }, {});
  const receive = async (more: JsonObject = {}) => {
    const input = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], ...more };
    return ((await call('ReceiveMessage', input)).Messages ?? []) as Received[];
  };
  return {
    sqs,
    call,
    receive,
    send: (MessageBody: string, more: JsonObject = {}) => call('SendMessage', { MessageBody, ...more }),
    bodies: async (more?: JsonObject) => (await receive(more)).map(({ Body }) => Body),
    remove: ({ ReceiptHandle }: Received, more: JsonObject = {}) =>
      call('DeleteMessage', { ReceiptHandle, ...more }),
  };
}
