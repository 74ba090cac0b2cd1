import { createHash } from 'node:crypto';
import { AwsError, type JsonObject } from '../core/service';

/** A message attribute as the API carries it; `BinaryValue` is base64 text. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** What a sender gives of a message, checked. */
export interface MessageContent {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly traceHeader?: string;
  readonly delaySeconds: number;
}

/** Body and attributes together, since August 2025. */
export const maxMessageBytes = 1_048_576;

/** Anything XML 1.0 cannot carry. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are refused.
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

/**
 * Checks a SendMessage input or batch entry.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function contentOf(input: JsonObject, traceHeader: string | undefined): MessageContent {
  const { MessageBody, MessageDeduplicationId } = input;
  if (typeof MessageBody !== 'string' || MessageBody === '') {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  }
  if (forbidden.test(MessageBody)) {
    throw new AwsError('InvalidMessageContents', 'Invalid characters found in the message body.');
  }
  if (MessageDeduplicationId !== undefined) {
    throw invalidValue('The request includes a parameter that is not valid for this queue type.');
  }
  const attributes = attributesOf(input.MessageAttributes);
  const content = {
    body: MessageBody,
    attributes,
    traceHeader: systemTraceHeader(input.MessageSystemAttributes) ?? traceHeader,
    delaySeconds: integer('DelaySeconds', input.DelaySeconds, 0, 900) ?? 0,
  };
  if (messageBytes(content) > maxMessageBytes) {
    throw invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maxMessageBytes} bytes.`,
    );
  }
  return content;
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}

/** An optional whole number within bounds; throws InvalidParameterValue. */
export function integer(name: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  const reason = `Must be between ${least} and ${most}, if provided.`;
  throw invalidValue(`Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`);
}

/** Counts body, and of each attribute its name, type and value. */
export function messageBytes({ body, attributes }: Pick<MessageContent, 'body' | 'attributes'>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + bytesOf(attribute).length,
    Buffer.byteLength(body),
  );
}

function systemTraceHeader(given: unknown): string | undefined {
  const attributes = attributesOf(given);
  const unknown = Object.keys(attributes).find((name) => name !== 'AWSTraceHeader');
  if (unknown) throw invalidValue(`Message system attribute name ${unknown} is invalid.`);
  return attributes.AWSTraceHeader?.StringValue;
}

function attributesOf(given: unknown): MessageAttributes {
  const attributes = (given ?? {}) as Record<string, MessageAttribute>;
  const entries = Object.entries(attributes);
  if (entries.length > 10)
    throw invalidValue('Number of message attributes exceeds the allowed maximum [10].');
  for (const [name, attribute] of entries) {
    if (!/^(?!\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/.test(name) || /^(aws|amazon)\./i.test(name)) {
      throw invalidValue(`The message attribute name '${name}' is invalid.`);
    }
    checkAttribute(name, attribute);
  }
  return attributes;
}

function checkAttribute(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void {
  const type = /^(String|Number|Binary)(\..+)?$/.exec(DataType ?? '')?.[1];
  if (!type) {
    throw invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, ` +
        'the set of supported type prefixes is Binary, Number, and String.',
    );
  }
  const value = type === 'Binary' ? BinaryValue : StringValue;
  if (typeof value !== 'string' || value === '') {
    throw invalidValue(`The message attribute '${name}' must contain a non-empty value of type ${type}.`);
  }
  if (type === 'Number' && !Number.isFinite(Number(value))) {
    throw invalidValue(`Can't cast the value of message attribute '${name}' to a number.`);
  }
}

function bytesOf({ StringValue, BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64');
}

export function md5OfBody(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

/**
 * The digest of attributes in the order of their names, each part with its length before it; undefined without
 * attributes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return undefined;
  const hash = createHash('md5');
  for (const [name, attribute] of entries) {
    hash.update(withLength(Buffer.from(name)));
    hash.update(withLength(Buffer.from(attribute.DataType)));
    hash.update(Buffer.of(attribute.BinaryValue === undefined ? 1 : 2));
    hash.update(withLength(bytesOf(attribute)));
  }
  return hash.digest('hex');
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
