import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import type { TraceStore } from './store';
import type { TraceSummary } from './summary';

/** The maximum number of trace IDs in BatchGetTraces. */
const MAX_TRACE_IDS = 5;
const PAGE_SIZE = 1000;

/**
 * Creates the part of the X-Ray API that SDKs and the `aws` command use to send and read traces: PutTraceSegments,
 * GetTraceSummaries and BatchGetTraces. Filters of GetTraceSummaries can only compare annotations for equality.
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
  throw new AwsError('InvalidRequestException', 'A required list is missing.');
}

function getTraceSummaries(traces: TraceStore, input: JsonObject): JsonObject {
  const matches = parseFilter(input.FilterExpression);
  const [from, to] = [parseTime(input.StartTime), parseTime(input.EndTime)];
  const found = traces
    .list()
    .traces.filter((trace) => trace.start >= from && trace.start <= to && matches(trace));
  const offset = Number(input.NextToken ?? 0);
  return {
    TraceSummaries: found.slice(offset, offset + PAGE_SIZE).map(toApiSummary),
    TracesProcessedCount: found.length,
    ApproximateTime: Date.now() / 1000,
    ...(found.length > offset + PAGE_SIZE ? { NextToken: String(offset + PAGE_SIZE) } : {}),
  };
}

const ANNOTATION_EQUALS = /^annotation(?:\.(\w+)|\[(\w+)\]) = (?:"([^"]*)"|(-?[\d.]+|true|false))$/;

/**
 * Parses a filter expression such as `annotation.messageId = "01K…" AND annotation[seq] = 7`.
 *
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 *
 * @throws UnsupportedError for other filter syntax
 */
function parseFilter(expression: unknown): (trace: TraceSummary) => boolean {
  if (expression === undefined) return () => true;
  const conditions = String(expression)
    .split(/ AND /i)
    .map((term) => {
      const [, key = '', bracketed = '', text, other = 'null'] = ANNOTATION_EQUALS.exec(term.trim()) ?? [];
      if (key + bracketed === '') {
        throw new UnsupportedError(`X-Ray: the filter expression ${term.trim()} is not supported.`);
      }
      return [key || bracketed, text ?? JSON.parse(other)] as const;
    });
  return ({ annotations }) => conditions.every(([key, value]) => annotations[key] === value);
}

function toApiSummary({
  id,
  start,
  duration,
  fault,
  error,
  throttle,
  expected,
  annotations,
}: TraceSummary): JsonObject {
  const entries = Object.entries(annotations).map(([key, value]) => [
    key,
    [{ AnnotationValue: toAnnotationValue(value) }],
  ]);
  return {
    Id: id,
    StartTime: start,
    Duration: duration,
    HasFault: fault,
    HasError: error || expected,
    HasThrottle: throttle,
    IsPartial: false,
    Annotations: Object.fromEntries(entries),
  };
}

function toAnnotationValue(value: string | number | boolean): JsonObject {
  if (typeof value === 'number') return { NumberValue: value };
  return typeof value === 'boolean' ? { BooleanValue: value } : { StringValue: value };
}

function batchGetTraces(traces: TraceStore, ids: readonly string[]): JsonObject {
  if (ids.length > MAX_TRACE_IDS)
    throw new AwsError(
      'InvalidRequestException',
      `BatchGetTraces accepts at most ${MAX_TRACE_IDS} trace IDs.`,
    );
  const found = ids.flatMap((Id) => {
    const segments = traces.documents(Id);
    if (!segments) return [];
    const Segments = segments.map((segment) => ({ Id: segment.id, Document: JSON.stringify(segment) }));
    const start = Math.min(...segments.map(({ start_time }) => start_time));
    const end = Math.max(...segments.map(({ start_time, end_time = start_time }) => end_time));
    return [{ Id, Duration: end - start, LimitExceeded: false, Segments }];
  });
  const foundIds = new Set(found.map(({ Id }) => Id));
  return { Traces: found, UnprocessedTraceIds: ids.filter((id) => !foundIds.has(id)) };
}

/** Parses a time in epoch seconds. The `aws` command sends some times as strings. */
function parseTime(value: unknown): number {
  const time =
    typeof value === 'string' && Number.isNaN(Number(value)) ? Date.parse(value) / 1000 : Number(value);
  if (Number.isFinite(time)) return time;
  throw new AwsError('InvalidRequestException', 'StartTime and EndTime must be valid times.');
}
