import { createHash } from 'node:crypto';
import { AwsError, type JsonObject } from '../core/service';
import { invalidParameter } from './errors';
import { parseFifoParameters } from './fifo';
import type { QueueModel } from './model';

/** A message attribute in the API format. `BinaryValue` is base64-encoded. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** The validated content of a message. */
export interface MessageContent {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly traceHeader?: string;
  /** The delay of the message. If absent, the queue's delay applies. */
  readonly delaySeconds?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

/** The maximum total size of body and attributes. AWS increased the limit to 1 MiB in August 2025. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Matches characters that XML 1.0 does not allow. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: SQS rejects these characters.
const FORBIDDEN_CHARACTERS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

/**
 * Validates the input of SendMessage, or an entry of SendMessageBatch.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function parseMessage(
  input: JsonObject,
  { fifo, maximumMessageBytes: maxBytes = MAX_MESSAGE_BYTES }: QueueModel,
  traceHeader: string | undefined,
): MessageContent {
  const { MessageBody } = input;
  if (typeof MessageBody !== 'string' || MessageBody === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  }
  if (FORBIDDEN_CHARACTERS.test(MessageBody)) {
    throw new AwsError('InvalidMessageContents', 'Invalid characters found in the message body.');
  }
  const attributes = parseAttributes(input.MessageAttributes);
  const content = {
    body: MessageBody,
    attributes,
    traceHeader: parseTraceHeaderAttribute(input.MessageSystemAttributes) ?? traceHeader,
    delaySeconds: parseInteger('DelaySeconds', input.DelaySeconds, 0, 900),
    ...parseFifoParameters(input, MessageBody, fifo),
  };
  if (countMessageBytes(content) > maxBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxBytes} bytes.`,
    );
  }
  return content;
}

/**
 * Returns an optional integer parameter.
 *
 * @throws AwsError `InvalidParameterValue` if the value is not an integer from `least` to `most`
 */
export function parseInteger(name: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  const reason = `Must be between ${least} and ${most}, if provided.`;
  throw invalidParameter(`Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`);
}

/** Returns the size of a message: its body, and the name, type and value of each attribute. */
export function countMessageBytes({ body, attributes }: Pick<MessageContent, 'body' | 'attributes'>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(attribute.DataType) +
      attributeValueBytes(attribute).length,
    Buffer.byteLength(body),
  );
}

function parseTraceHeaderAttribute(given: unknown): string | undefined {
  const attributes = parseAttributes(given);
  const unknown = Object.keys(attributes).find((name) => name !== 'AWSTraceHeader');
  if (unknown) throw invalidParameter(`Message system attribute name ${unknown} is invalid.`);
  return attributes.AWSTraceHeader?.StringValue;
}

function parseAttributes(given: unknown): MessageAttributes {
  const attributes = (given ?? {}) as Record<string, MessageAttribute>;
  const entries = Object.entries(attributes);
  if (entries.length > 10)
    throw invalidParameter('Number of message attributes exceeds the allowed maximum [10].');
  for (const [name, attribute] of entries) {
    if (!/^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/.test(name) || /^(aws|amazon)\./i.test(name)) {
      throw invalidParameter(`The message attribute name '${name}' is invalid.`);
    }
    assertAttribute(name, attribute);
  }
  return attributes;
}

function assertAttribute(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void {
  const type = /^(String|Number|Binary)(\..+)?$/.exec(DataType ?? '')?.[1];
  if (!type) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, ` +
        'the set of supported type prefixes is Binary, Number, and String.',
    );
  }
  const value = type === 'Binary' ? BinaryValue : StringValue;
  if (typeof value !== 'string' || value === '') {
    throw invalidParameter(`The message attribute '${name}' must contain a non-empty value of type ${type}.`);
  }
  if (type === 'Number' && !Number.isFinite(Number(value))) {
    throw invalidParameter(`Can't cast the value of message attribute '${name}' to a number.`);
  }
}

function attributeValueBytes({ StringValue, BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64');
}

export function md5OfBody(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

/**
 * Returns the MD5 digest of the attributes, sorted by name and with length prefixes, or undefined if there are no attributes.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return undefined;
  const hash = createHash('md5');
  for (const [name, attribute] of entries) {
    hash.update(prefixLength(Buffer.from(name)));
    hash.update(prefixLength(Buffer.from(attribute.DataType)));
    hash.update(Buffer.of(attribute.BinaryValue === undefined ? 1 : 2));
    hash.update(prefixLength(attributeValueBytes(attribute)));
  }
  return hash.digest('hex');
}

function prefixLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
