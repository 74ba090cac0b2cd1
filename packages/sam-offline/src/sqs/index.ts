import { type Actions, requireAction } from '../core/actions';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import { AwsError, type CallContext, type JsonObject, type Service } from '../core/service';
import type { SetTimer } from '../time/runtime-clock';
import { parseEntries, runBatch } from './batch';
import {
  countMessageBytes,
  MAX_MESSAGE_BYTES,
  type MessageAttributes,
  md5OfAttributes,
  md5OfBody,
  parseInteger,
  parseMessage,
} from './message';
import type { QueueModel } from './model';
import { MoveTasks } from './move-tasks';
import { Queue, type StoredMessage } from './queue';
import { QueueDirectory } from './queue-directory';
import { QueueMetrics } from './queue-metrics';
import { receiveMessages } from './receive';

/** The maximum number of messages of a queue that `peek` returns. */
const MESSAGES_SHOWN = 100;

export interface SqsOptions {
  readonly queues: readonly QueueModel[];
  readonly region: string;
  readonly accountId: string;
  /** Returns the origin of queue URLs. Defaults to the AWS endpoint of the Region. */
  readonly endpoint?: () => string;
  /** Returns the time in epoch milliseconds. Defaults to `Date.now`. */
  readonly clock?: () => number;
  /** Sets a timer. Default: a timer of this machine. */
  readonly setTimer?: SetTimer;
  /** Records the metrics of the queues. */
  readonly openMetric?: OpenMetric;
}

/** A queue and its messages in the console. */
export interface QueueView {
  readonly logicalId: string;
  readonly name: string;
  readonly visible: number;
  readonly notVisible: number;
  readonly delayed: number;
  /** The oldest messages, in the order in which they were sent. */
  readonly messages: readonly StoredMessage[];
  readonly arn: string;
  /** The names of the queues that use this queue as their dead-letter queue. */
  readonly sources: readonly string[];
}

export interface SqsService extends Service {
  /** Returns all queues. Does not receive messages or change their visibility. */
  peek(): QueueView[];
  /** Ends all long polls without messages. Later ReceiveMessage calls return immediately. */
  close(): void;
}

/**
 * Creates the queues of a template in memory. Callers identify a queue by URL or name. `call` throws UnsupportedError for
 * unsupported actions.
 */
export function createSqs(options: SqsOptions): SqsService {
  const queues = createQueues(options);
  const directory = new QueueDirectory(queues, options);
  const metrics = [...queues.values()].map(
    (queue) => new QueueMetrics(options.openMetric ?? discardMetrics, queue),
  );
  const moveTasks = new MoveTasks(
    new Map([...queues.values()].map((queue) => [queue.model.arn, queue])),
    options.clock ?? Date.now,
  );
  const actions = createActions(directory, moveTasks, options.accountId);
  return {
    call: async (action, input, context) => {
      const run = requireAction('SQS', actions, action);
      try {
        return await run(input, context);
      } finally {
        for (const queue of metrics) queue.measure();
      }
    },
    peek: () => [...queues.values()].map((queue) => viewQueue(queue, options.queues)),
    close: () => {
      for (const queue of queues.values()) queue.close();
    },
  };
}

/** Creates the queues by name. */
function createQueues({ queues, clock = Date.now, setTimer }: SqsOptions): ReadonlyMap<string, Queue> {
  const byArn = new Map<string, Queue>();
  for (const model of queues) {
    const deadLetterQueue = () => byArn.get(model.redrive?.deadLetterArn ?? '');
    byArn.set(model.arn, new Queue(model, { clock, ...(setTimer && { setTimer }), deadLetterQueue }));
  }
  return new Map([...byArn.values()].map((queue) => [queue.model.name, queue]));
}

function createActions(directory: QueueDirectory, moveTasks: MoveTasks, accountId: string): Actions {
  const queueOf = ({ QueueUrl }: JsonObject) => directory.require(QueueUrl);
  return {
    SendMessage: (input, context) => sendMessage(queueOf(input), input, context),
    SendMessageBatch: (input, context) => {
      const queue = queueOf(input);
      assertBatchSize(input);
      return runBatch(input, (entry) => sendMessage(queue, entry, context));
    },
    ReceiveMessage: (input) => receiveMessages(queueOf(input), input, accountId),
    DeleteMessage: (input) => deleteMessage(queueOf(input), input),
    DeleteMessageBatch: (input) => {
      const queue = queueOf(input);
      return runBatch(input, (entry) => deleteMessage(queue, entry));
    },
    ChangeMessageVisibility: (input) => changeVisibility(queueOf(input), input),
    ChangeMessageVisibilityBatch: (input) => {
      const queue = queueOf(input);
      return runBatch(input, (entry) => changeVisibility(queue, entry));
    },
    PurgeQueue: (input) => {
      queueOf(input).purge();
      return {};
    },
    GetQueueUrl: ({ QueueName, QueueOwnerAWSAccountId = accountId }) => {
      const queue = directory.require(QueueOwnerAWSAccountId === accountId ? QueueName : '');
      return { QueueUrl: directory.urlOf(queue.model.name) };
    },
    GetQueueAttributes: (input) => getQueueAttributes(queueOf(input), input.AttributeNames),
    ListQueues: (input) => directory.list(input),
    StartMessageMoveTask: (input) => moveTasks.start(input),
    ListMessageMoveTasks: (input) => moveTasks.list(input),
  };
}

function viewQueue(queue: Queue, models: readonly QueueModel[]): QueueView {
  const { logicalId, name, arn } = queue.model;
  return {
    logicalId,
    name,
    ...queue.counts(),
    messages: queue.peek(MESSAGES_SHOWN),
    arn,
    sources: models.filter(({ redrive }) => redrive?.deadLetterArn === arn).map((source) => source.name),
  };
}

function sendMessage(queue: Queue, input: JsonObject, { traceHeader }: CallContext): JsonObject {
  const { body, attributes, ...content } = parseMessage(input, queue.model, traceHeader);
  const { id, sequenceNumber } = queue.send({ body, attributes, ...content });
  const system = md5OfAttributes((input.MessageSystemAttributes ?? {}) as MessageAttributes);
  const digest = md5OfAttributes(attributes);
  return {
    MessageId: id,
    MD5OfMessageBody: md5OfBody(body),
    ...(digest ? { MD5OfMessageAttributes: digest } : {}),
    ...(system ? { MD5OfMessageSystemAttributes: system } : {}),
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
  };
}

/** Checks the total size of a batch. The limit of a single message also applies to a batch. */
function assertBatchSize(input: JsonObject): void {
  const sizes = parseEntries(input).map((entry) =>
    countMessageBytes({
      body: String(entry.MessageBody ?? ''),
      attributes: (entry.MessageAttributes ?? {}) as MessageAttributes,
    }),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  const message = `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`;
  throw new AwsError('BatchRequestTooLong', message);
}

function deleteMessage(queue: Queue, { ReceiptHandle }: JsonObject): JsonObject {
  queue.delete(String(ReceiptHandle ?? ''));
  return {};
}

function changeVisibility(queue: Queue, { ReceiptHandle, VisibilityTimeout }: JsonObject): JsonObject {
  const seconds = parseInteger('VisibilityTimeout', VisibilityTimeout, 0, 43_200);
  if (seconds === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter VisibilityTimeout.');
  }
  queue.changeVisibility(String(ReceiptHandle ?? ''), seconds);
  return {};
}

function getQueueAttributes(queue: Queue, requestedNames: unknown): JsonObject {
  const { model, createdAt } = queue;
  const { visible, notVisible, delayed } = queue.counts();
  const created = String(Math.floor(createdAt / 1000));
  const all: Record<string, string> = {
    QueueArn: model.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(notVisible),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(model.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(model.messageRetentionSeconds),
    MaximumMessageSize: String(model.maximumMessageBytes ?? MAX_MESSAGE_BYTES),
    DelaySeconds: String(model.delaySeconds ?? 0),
    ReceiveMessageWaitTimeSeconds: String(model.receiveWaitSeconds ?? 0),
  };
  const optional: Record<string, string | undefined> = {
    RedrivePolicy:
      model.redrive &&
      JSON.stringify({
        deadLetterTargetArn: model.redrive.deadLetterArn,
        maxReceiveCount: model.redrive.maxReceiveCount,
      }),
    FifoQueue: model.fifo && 'true',
    ContentBasedDeduplication: model.fifo && String(model.fifo.contentBasedDeduplication),
    DeduplicationScope: model.fifo?.deduplicationScope,
  };
  for (const [name, value] of Object.entries(optional)) if (value !== undefined) all[name] = value;
  const names = Array.isArray(requestedNames) ? requestedNames.map(String) : [];
  const unknown = names.find(
    (name) => name !== 'All' && !Object.hasOwn(all, name) && !Object.hasOwn(optional, name),
  );
  if (unknown) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const entries = Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name));
  return entries.length > 0 ? { Attributes: Object.fromEntries(entries) } : {};
}
