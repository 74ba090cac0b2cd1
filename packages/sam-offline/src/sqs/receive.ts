import type { JsonObject } from '../core/service';
import { integer, type MessageAttributes, md5OfAttributes, md5OfBody } from './message';
import type { Queue, StoredMessage } from './queue';

/**
 * ReceiveMessage, with long polling.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export async function receiveMessages(
  queue: Queue,
  input: JsonObject,
  senderId: string,
): Promise<JsonObject> {
  const messages = await queue.receive({
    max: integer('MaxNumberOfMessages', input.MaxNumberOfMessages, 1, 10) ?? 1,
    visibilitySeconds:
      integer('VisibilityTimeout', input.VisibilityTimeout, 0, 43_200) ??
      queue.model.visibilityTimeoutSeconds,
    waitSeconds: integer('WaitTimeSeconds', input.WaitTimeSeconds, 0, 20) ?? 0,
  });
  if (messages.length === 0) return {};
  const systemNames = [...names(input.AttributeNames), ...names(input.MessageSystemAttributeNames)];
  const attributeNames = names(input.MessageAttributeNames);
  return { Messages: messages.map((message) => describe(message, systemNames, attributeNames, senderId)) };
}

function names(given: unknown): string[] {
  return Array.isArray(given) ? given.map(String) : [];
}

function describe(
  message: StoredMessage,
  systemNames: readonly string[],
  attributeNames: readonly string[],
  senderId: string,
): JsonObject {
  const system = pick(systemAttributes(message, senderId), (name) =>
    systemNames.some((wanted) => wanted === 'All' || wanted === name),
  );
  const attributes = pick(message.attributes, (name) =>
    attributeNames.some((wanted) => selects(wanted, name)),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5OfBody(message.body),
    Body: message.body,
    ...(Object.keys(system).length > 0 ? { Attributes: system } : {}),
    ...messageAttributes(attributes),
  };
}

function messageAttributes(attributes: MessageAttributes): JsonObject {
  const digest = md5OfAttributes(attributes);
  return digest ? { MessageAttributes: attributes, MD5OfMessageAttributes: digest } : {};
}

/** `All`, `.*`, a name, or the beginning of names: `bar.*`. */
function selects(wanted: string, name: string): boolean {
  if (wanted === 'All' || wanted === '.*' || wanted === name) return true;
  return wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -1));
}

function pick<T>(values: Readonly<Record<string, T>>, wanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => wanted(name)));
}

function systemAttributes(message: StoredMessage, senderId: string): Record<string, string> {
  return {
    SenderId: senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.traceHeader ? { AWSTraceHeader: message.traceHeader } : {}),
  };
}
