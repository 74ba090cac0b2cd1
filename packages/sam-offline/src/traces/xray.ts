import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import type { TraceStore } from './store';
import type { TraceSummary } from './summary';

/** BatchGetTraces takes this many ids. */
const MAX_TRACE_IDS = 5;
const PAGE_SIZE = 1000;

/**
 * X-Ray's API to send and to read traces, as far as the `aws` command needs it: PutTraceSegments, GetTraceSummaries
 * (filtered by annotations that are equal to a value) and BatchGetTraces.
 */
export function createXRay(traces: TraceStore): Service {
  return {
    async call(action, input) {
      switch (action) {
        case 'PutTraceSegments':
          for (const document of requireStrings(input.TraceSegmentDocuments)) traces.receive(document);
          return { UnprocessedTraceSegments: [] };
        case 'GetTraceSummaries':
          return getTraceSummaries(traces, input);
        case 'BatchGetTraces':
          return batchGetTraces(traces, requireStrings(input.TraceIds));
        default:
          throw new UnsupportedError(`X-Ray: the action ${action} is not supported.`);
      }
    },
  };
}

function requireStrings(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  throw new AwsError('InvalidRequestException', 'A list is missing.');
}

function getTraceSummaries(traces: TraceStore, input: JsonObject): JsonObject {
  const matches = parseFilter(input.FilterExpression);
  const [from, to] = [parseTime(input.StartTime), parseTime(input.EndTime)];
  const found = traces
    .list()
    .traces.filter((trace) => trace.start >= from && trace.start <= to && matches(trace));
  const at = Number(input.NextToken ?? 0);
  return {
    TraceSummaries: found.slice(at, at + PAGE_SIZE).map(toApiSummary),
    TracesProcessedCount: found.length,
    ApproximateTime: Date.now() / 1000,
    ...(found.length > at + PAGE_SIZE ? { NextToken: String(at + PAGE_SIZE) } : {}),
  };
}

const ANNOTATION_EQUALS = /^annotation(?:\.(\w+)|\[(\w+)\]) = (?:"([^"]*)"|(-?[\d.]+|true|false))$/;

/**
 * What an expression such as `annotation.messageId = "01K…" AND annotation[seq] = 7` lets through.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 *
 * Throws UnsupportedError for anything else that AWS's language has.
 */
function parseFilter(expression: unknown): (trace: TraceSummary) => boolean {
  if (expression === undefined) return () => true;
  const wanted = String(expression)
    .split(/ AND /i)
    .map((term) => {
      const [, key = '', bracketed = '', text, other = 'null'] = ANNOTATION_EQUALS.exec(term.trim()) ?? [];
      if (key + bracketed === '') {
        throw new UnsupportedError(`X-Ray: the filter expression ${term.trim()} is not supported.`);
      }
      return [key || bracketed, text ?? JSON.parse(other)] as const;
    });
  return ({ annotations }) => wanted.every(([key, value]) => annotations[key] === value);
}

function toApiSummary({
  id,
  start,
  duration,
  fault,
  error,
  throttle,
  annotations,
}: TraceSummary): JsonObject {
  const told = Object.entries(annotations).map(([key, value]) => [
    key,
    [{ AnnotationValue: toAnnotationValue(value) }],
  ]);
  return {
    Id: id,
    StartTime: start,
    Duration: duration,
    HasFault: fault,
    HasError: error,
    HasThrottle: throttle,
    IsPartial: false,
    Annotations: Object.fromEntries(told),
  };
}

function toAnnotationValue(value: string | number | boolean): JsonObject {
  if (typeof value === 'number') return { NumberValue: value };
  return typeof value === 'boolean' ? { BooleanValue: value } : { StringValue: value };
}

function batchGetTraces(traces: TraceStore, ids: readonly string[]): JsonObject {
  if (ids.length > MAX_TRACE_IDS)
    throw new AwsError('InvalidRequestException', `At most ${MAX_TRACE_IDS} trace ids.`);
  const found = ids.flatMap((Id) => {
    const segments = traces.documents(Id);
    if (!segments) return [];
    const Segments = segments.map((segment) => ({ Id: segment.id, Document: JSON.stringify(segment) }));
    const start = Math.min(...segments.map(({ start_time }) => start_time));
    const end = Math.max(...segments.map(({ start_time, end_time = start_time }) => end_time));
    return [{ Id, Duration: end - start, LimitExceeded: false, Segments }];
  });
  const known = new Set(found.map(({ Id }) => Id));
  return { Traces: found, UnprocessedTraceIds: ids.filter((id) => !known.has(id)) };
}

/** The API's times are epoch seconds; the command sends text for some. */
function parseTime(value: unknown): number {
  const time =
    typeof value === 'string' && Number.isNaN(Number(value)) ? Date.parse(value) / 1000 : Number(value);
  if (Number.isFinite(time)) return time;
  throw new AwsError('InvalidRequestException', 'StartTime and EndTime are required.');
}
