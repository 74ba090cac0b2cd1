import { AwsError, type JsonObject, type Service, UnsupportedError } from '../core/service';
import type { TraceStore } from './store';
import type { Summary } from './summary';

/** BatchGetTraces takes this many ids. */
const BATCH = 5;
const PAGE = 1000;

/**
 * X-Ray's API to send and to read traces, as far as the `aws` command needs it: PutTraceSegments, GetTraceSummaries
 * (filtered by annotations that are equal to a value) and BatchGetTraces.
 */
export function createXRay(traces: TraceStore): Service {
  return {
    async call(action, input) {
      switch (action) {
        case 'PutTraceSegments':
          for (const document of texts(input.TraceSegmentDocuments)) traces.receive(document);
          return { UnprocessedTraceSegments: [] };
        case 'GetTraceSummaries':
          return summaries(traces, input);
        case 'BatchGetTraces':
          return batch(traces, texts(input.TraceIds));
        default:
          throw new UnsupportedError(`X-Ray: the action ${action} is not supported.`);
      }
    },
  };
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  throw new AwsError('InvalidRequestException', 'A list is missing.');
}

function summaries(traces: TraceStore, input: JsonObject): JsonObject {
  const matches = filterOf(input.FilterExpression);
  const [from, to] = [timeOf(input.StartTime), timeOf(input.EndTime)];
  const found = traces
    .list()
    .traces.filter((trace) => trace.start >= from && trace.start <= to && matches(trace));
  const at = Number(input.NextToken ?? 0);
  return {
    TraceSummaries: found.slice(at, at + PAGE).map(summaryOf),
    TracesProcessedCount: found.length,
    ApproximateTime: Date.now() / 1000,
    ...(found.length > at + PAGE ? { NextToken: String(at + PAGE) } : {}),
  };
}

const EQUALS = /^annotation(?:\.(\w+)|\[(\w+)\]) = (?:"([^"]*)"|(-?[\d.]+|true|false))$/;

/**
 * What an expression such as `annotation.messageId = "01K…" AND annotation[seq] = 7` lets through.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 *
 * Throws UnsupportedError for anything else that AWS's language has.
 */
function filterOf(expression: unknown): (trace: Summary) => boolean {
  if (expression === undefined) return () => true;
  const wanted = String(expression)
    .split(/ AND /i)
    .map((term) => {
      const [, key = '', bracketed = '', text, other = 'null'] = EQUALS.exec(term.trim()) ?? [];
      if (key + bracketed === '') {
        throw new UnsupportedError(`X-Ray: the filter expression ${term.trim()} is not supported.`);
      }
      return [key || bracketed, text ?? JSON.parse(other)] as const;
    });
  return ({ annotations }) => wanted.every(([key, value]) => annotations[key] === value);
}

function summaryOf({ id, start, duration, fault, error, throttle, annotations }: Summary): JsonObject {
  const told = Object.entries(annotations).map(([key, value]) => [key, [{ AnnotationValue: typed(value) }]]);
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

function typed(value: string | number | boolean): JsonObject {
  if (typeof value === 'number') return { NumberValue: value };
  return typeof value === 'boolean' ? { BooleanValue: value } : { StringValue: value };
}

function batch(traces: TraceStore, ids: readonly string[]): JsonObject {
  if (ids.length > BATCH) throw new AwsError('InvalidRequestException', `At most ${BATCH} trace ids.`);
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
function timeOf(value: unknown): number {
  const time =
    typeof value === 'string' && Number.isNaN(Number(value)) ? Date.parse(value) / 1000 : Number(value);
  if (Number.isFinite(time)) return time;
  throw new AwsError('InvalidRequestException', 'StartTime and EndTime are required.');
}
