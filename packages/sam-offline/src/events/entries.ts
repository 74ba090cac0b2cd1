import { randomUUID } from 'node:crypto';
import { AwsError, type CallContext, isObject, type JsonObject, UnsupportedError } from '../core/service';

/** An accepted event and the name of its bus. */
export interface AcceptedEvent {
  readonly busName: string;
  readonly event: JsonObject;
  readonly context: CallContext;
}

export type EntryResult =
  | { readonly accepted: AcceptedEvent; readonly id: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

/**
 * The maximum size of the whole request. Until January 2026, it was 256 KB:
 * https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb
 */
const MAX_REQUEST_BYTES = 1_048_576;

/**
 * Returns the entries of a request. Throws ValidationException unless there are 1 to 10 entries of at most 1 MiB.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function parseEntries(input: JsonObject): JsonObject[] {
  if (input.EndpointId !== undefined) throw new UnsupportedError('PutEvents: EndpointId is not supported.');
  const entries = input.Entries;
  if (!Array.isArray(entries)) {
    throw createValidationError(
      "Value null at 'entries' failed to satisfy constraint: Member must not be null",
    );
  }
  if (entries.length < 1 || entries.length > 10) {
    const bound = entries.length < 1 ? 'greater than or equal to 1' : 'less than or equal to 10';
    throw createValidationError(
      `Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  const empty = entries.findIndex((entry) => !isObject(entry));
  if (empty >= 0) {
    const path = `entries.${empty + 1}.member`;
    throw createValidationError(
      `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (entries.reduce((sum, entry) => sum + countBytes(entry as JsonObject), 0) > MAX_REQUEST_BYTES) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  return entries as JsonObject[];
}

function createValidationError(reason: string): AwsError {
  return new AwsError('ValidationException', `1 validation error detected: ${reason}`);
}

/**
 * Returns the size of an entry.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
 */
function countBytes({ Time, Source, DetailType, Detail, Resources }: JsonObject): number {
  const fields = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  const bytes = fields.filter((field) => typeof field === 'string').map((field) => Buffer.byteLength(field));
  return bytes.reduce((sum, length) => sum + length, Time === undefined ? 0 : 14);
}

/** Converts an entry to an event, or to the error that AWS returns for the entry. */
export function acceptEntry(
  entry: JsonObject,
  context: CallContext,
  location: { readonly region: string; readonly accountId: string; readonly now: number },
): EntryResult {
  const { Source, DetailType, Detail } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value !== 'string' || value === '') return createMissingResult(name);
  }
  if (/^aws\./.test(Source as string)) {
    return createErrorResult('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const detail = parseDetail(Detail as string);
  if (!detail) return createErrorResult('MalformedDetail', 'Detail is malformed.');
  const millis = parseTime(entry.Time, location.now);
  if (millis === undefined) return createErrorResult('InvalidArgument', 'Parameter Time is not valid.');
  const id = randomUUID();
  const event = {
    version: '0',
    id,
    'detail-type': DetailType,
    source: Source,
    account: location.accountId,
    time: `${new Date(millis).toISOString().slice(0, 19)}Z`,
    region: location.region,
    resources: Array.isArray(entry.Resources) ? entry.Resources : [],
    detail,
  };
  const traceHeader = typeof entry.TraceHeader === 'string' ? entry.TraceHeader : context.traceHeader;
  return {
    id,
    accepted: {
      busName: parseBusName(entry.EventBusName),
      event,
      context: traceHeader ? { traceHeader } : {},
    },
  };
}

/** Returns the name of an event bus from its name or ARN. Without a value, returns `default`. */
export function parseBusName(name: unknown): string {
  if (typeof name !== 'string' || name === '') return 'default';
  return name.startsWith('arn:') ? name.slice(name.indexOf('/') + 1) : name;
}

/** The last second of the year 9999. The time format of events does not support later times. */
const MAX_EPOCH_SECONDS = 253_402_300_799;

/** Converts epoch seconds to milliseconds. Returns `now` if the time is absent, and undefined if it is invalid. */
function parseTime(time: unknown, now: number): number | undefined {
  if (time === undefined || time === null) return now;
  return typeof time === 'number' && time >= 0 && time <= MAX_EPOCH_SECONDS ? time * 1000 : undefined;
}

function createMissingResult(name: string): EntryResult {
  return createErrorResult(
    'InvalidArgument',
    `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  );
}

function createErrorResult(ErrorCode: string, ErrorMessage: string): EntryResult {
  return { ErrorCode, ErrorMessage };
}

function parseDetail(text: string): JsonObject | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail)
      ? (detail as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
