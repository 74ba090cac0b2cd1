import type { JsonObject } from '../core/service';
import { type MessageAttributes, md5OfAttributes, md5OfBody, parseInteger } from './message';
import type { Queue, StoredMessage } from './queue';

/**
 * Handles ReceiveMessage, including long polling.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export async function receiveMessages(
  queue: Queue,
  input: JsonObject,
  senderId: string,
): Promise<JsonObject> {
  const messages = await queue.receive({
    max: parseInteger('MaxNumberOfMessages', input.MaxNumberOfMessages, 1, 10) ?? 1,
    visibilitySeconds:
      parseInteger('VisibilityTimeout', input.VisibilityTimeout, 0, 43_200) ??
      queue.model.visibilityTimeoutSeconds,
    waitSeconds:
      parseInteger('WaitTimeSeconds', input.WaitTimeSeconds, 0, 20) ?? queue.model.receiveWaitSeconds ?? 0,
  });
  if (messages.length === 0) return {};
  const systemNames = [...toNames(input.AttributeNames), ...toNames(input.MessageSystemAttributeNames)];
  const attributeNames = toNames(input.MessageAttributeNames);
  return {
    Messages: messages.map((message) => toReceivedMessage(message, systemNames, attributeNames, senderId)),
  };
}

function toNames(given: unknown): string[] {
  return Array.isArray(given) ? given.map(String) : [];
}

function toReceivedMessage(
  message: StoredMessage,
  systemNames: readonly string[],
  attributeNames: readonly string[],
  senderId: string,
): JsonObject {
  const system = filterKeys(systemAttributes(message, senderId), (name) =>
    systemNames.some((selector) => selector === 'All' || selector === name),
  );
  const attributes = filterKeys(message.attributes, (name) =>
    attributeNames.some((selector) => matchesSelector(selector, name)),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5OfBody(message.body),
    Body: message.body,
    ...(Object.keys(system).length > 0 ? { Attributes: system } : {}),
    ...toAttributeMembers(attributes),
  };
}

function toAttributeMembers(attributes: MessageAttributes): JsonObject {
  const digest = md5OfAttributes(attributes);
  return digest ? { MessageAttributes: attributes, MD5OfMessageAttributes: digest } : {};
}

/** Returns whether a selector matches an attribute name. A selector is `All`, `.*`, a name, or a prefix such as `bar.*`. */
function matchesSelector(selector: string, name: string): boolean {
  if (selector === 'All' || selector === '.*' || selector === name) return true;
  return selector.endsWith('.*') && name.startsWith(selector.slice(0, -1));
}

function filterKeys<T>(
  values: Readonly<Record<string, T>>,
  isIncluded: (name: string) => boolean,
): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => isIncluded(name)));
}

function systemAttributes(message: StoredMessage, senderId: string): Record<string, string> {
  return {
    SenderId: senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.traceHeader ? { AWSTraceHeader: message.traceHeader } : {}),
    ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
    ...(message.sequenceNumber === undefined ? {} : { SequenceNumber: message.sequenceNumber }),
    ...(message.deadLetterSourceArn === undefined
      ? {}
      : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  };
}
