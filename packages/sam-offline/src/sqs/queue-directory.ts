import { AwsError, type JsonObject, UnsupportedError } from '../core/service';
import type { Queue } from './queue';

interface AccountEndpoint {
  readonly region: string;
  readonly accountId: string;
  /** Returns the origin of queue URLs. Defaults to the AWS endpoint of the Region. */
  readonly endpoint?: () => string;
}

/** Finds queues by name or URL. */
export class QueueDirectory {
  constructor(
    private readonly queues: ReadonlyMap<string, Queue>,
    private readonly options: AccountEndpoint,
  ) {}

  /** @throws AwsError QueueDoesNotExist */
  require(nameOrUrl: unknown): Queue {
    const { accountId } = this.options;
    const [, account = accountId, name = ''] =
      /^(?:https?:\/\/[^/]+\/(?:(\d{12})\/)?)?([\w-]+(?:\.fifo)?)\/?$/.exec(String(nameOrUrl ?? '')) ?? [];
    const queue = account === accountId ? this.queues.get(name) : undefined;
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }

  urlOf(name: string): string {
    const { endpoint, region, accountId } = this.options;
    const origin = endpoint?.() ?? `https://sqs.${region}.amazonaws.com`;
    return `${origin.replace(/\/$/, '')}/${accountId}/${name}`;
  }

  list({ QueueNamePrefix = '', NextToken }: JsonObject): JsonObject {
    if (NextToken !== undefined)
      throw new UnsupportedError(
        'SQS: ListQueues does not support NextToken, because it returns all queues in one page.',
      );
    const names = [...this.queues.keys()].filter((name) => name.startsWith(String(QueueNamePrefix)));
    return names.length > 0 ? { QueueUrls: names.map((name) => this.urlOf(name)) } : {};
  }
}
