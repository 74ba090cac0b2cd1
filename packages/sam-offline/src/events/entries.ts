import { randomUUID } from 'node:crypto';
import { AwsError, type CallContext, isObject, type JsonObject, UnsupportedError } from '../core/service';

/** An event that was accepted, with where it goes. */
export interface AcceptedEvent {
  readonly busName: string;
  readonly event: JsonObject;
  readonly context: CallContext;
}

export type EntryResult =
  | { readonly accepted: AcceptedEvent; readonly id: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** For the whole request since January 2026. */
const maxRequestBytes = 1_048_576;

/**
 * Checks the request as a whole: 1 to 10 entries, 1 MiB together. Throws ValidationException.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function entriesOf(input: JsonObject): JsonObject[] {
  if (input.EndpointId !== undefined) throw new UnsupportedError('PutEvents: EndpointId is not supported.');
  const entries = input.Entries;
  if (!Array.isArray(entries)) {
    throw invalid("Value null at 'entries' failed to satisfy constraint: Member must not be null");
  }
  if (entries.length < 1 || entries.length > 10) {
    const bound = entries.length < 1 ? 'greater than or equal to 1' : 'less than or equal to 10';
    throw invalid(`Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`);
  }
  const empty = entries.findIndex((entry) => !isObject(entry));
  if (empty >= 0) {
    const path = `entries.${empty + 1}.member`;
    throw invalid(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
  }
  if (entries.reduce((sum, entry) => sum + entryBytes(entry as JsonObject), 0) > maxRequestBytes) {
    throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.');
  }
  return entries as JsonObject[];
}

function invalid(reason: string): AwsError {
  return new AwsError('ValidationException', `1 validation error detected: ${reason}`);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function entryBytes({ Time, Source, DetailType, Detail, Resources }: JsonObject): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])];
  const bytes = texts.filter((text) => typeof text === 'string').map((text) => Buffer.byteLength(text));
  return bytes.reduce((sum, length) => sum + length, Time === undefined ? 0 : 14);
}

/** Turns one entry into an event, or into the error AWS answers for it. */
export function acceptEntry(
  entry: JsonObject,
  context: CallContext,
  location: { readonly region: string; readonly accountId: string; readonly now: number },
): EntryResult {
  const { Source, DetailType, Detail } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value !== 'string' || value === '') return missing(name);
  }
  if (/^aws\./.test(Source as string)) {
    return failed('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const detail = parseDetail(Detail as string);
  if (!detail) return failed('MalformedDetail', 'Detail is malformed.');
  const millis = millisOf(entry.Time, location.now);
  if (millis === undefined) return failed('InvalidArgument', 'Parameter Time is not valid.');
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
    accepted: { busName: busNameOf(entry.EventBusName), event, context: traceHeader ? { traceHeader } : {} },
  };
}

/** A bus is given by its name or its ARN; without one it is the default bus. */
export function busNameOf(name: unknown): string {
  if (typeof name !== 'string' || name === '') return 'default';
  return name.startsWith('arn:') ? name.slice(name.indexOf('/') + 1) : name;
}

/** The last second of the year 9999: a later one has no time of the form the event carries. */
const maxEpochSeconds = 253_402_300_799;

/** A time in epoch seconds as milliseconds, `now` for none, and undefined for what is no such time. */
function millisOf(time: unknown, now: number): number | undefined {
  if (time === undefined || time === null) return now;
  return typeof time === 'number' && time >= 0 && time <= maxEpochSeconds ? time * 1000 : undefined;
}

function missing(name: string): EntryResult {
  return failed('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
}

function failed(ErrorCode: string, ErrorMessage: string): EntryResult {
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
