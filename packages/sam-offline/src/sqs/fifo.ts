import { createHash } from 'node:crypto';
import { AwsError, type JsonObject } from '../core/service';
import { invalidParameter } from './errors';
import type { FifoModel } from './model';

/** Matches 1 to 128 alphanumeric and punctuation characters. */
const ID = /^[\w!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~-]{1,128}$/;

/**
 * Validates the parameters of SendMessage that depend on the queue type. Standard queues accept a message group ID (fair
 * queues), but the runtime ignores it.
 *
 * The error messages are AWS's messages, as recorded in localstack/localstack (services/sqs/models.py, validated against AWS)
 * and getmoto/moto (tests/test_sqs/test_sqs.py).
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function parseFifoParameters(
  { MessageGroupId, MessageDeduplicationId, DelaySeconds }: JsonObject,
  body: string,
  fifo: FifoModel | undefined,
): { readonly groupId?: string; readonly deduplicationId?: string } {
  const groupId = parseId('MessageGroupId', MessageGroupId);
  if (!fifo) {
    if (MessageDeduplicationId === undefined) return groupId === undefined ? {} : { groupId };
    throw invalidParameter(
      `Value ${String(MessageDeduplicationId)} for parameter MessageDeduplicationId is invalid. ` +
        'Reason: The request includes a parameter that is not valid for this queue type.',
    );
  }
  if (DelaySeconds !== undefined && DelaySeconds !== 0) {
    throw invalidParameter(
      `Value ${String(DelaySeconds)} for parameter DelaySeconds is invalid. ` +
        'Reason: The request include parameter that is not valid for this queue type.',
    );
  }
  if (groupId === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  }
  const given = parseId('MessageDeduplicationId', MessageDeduplicationId);
  if (given === undefined && !fifo.contentBasedDeduplication) {
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  return { groupId, deduplicationId: given ?? createHash('sha256').update(body).digest('hex') };
}

function parseId(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && ID.test(value)) return value;
  throw invalidParameter(
    `Value ${String(value)} for parameter ${name} is invalid. ` +
      `Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}
