import { AwsError, type JsonObject, type Service, UnsupportedError } from '../aws';
import type { TraceStore } from './store';
import type { Summary } from './summary';

/** BatchGetTraces takes this many ids. */
const BATCH = 5;
const PAGE = 1000;

/**
 * X-Ray's API to send and to read traces, as far as the `aws` command needs it: PutTraceSegments, GetTraceSummaries
 * (without filter expressions) and BatchGetTraces.
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
  if (input.FilterExpression !== undefined) {
    throw new UnsupportedError('X-Ray: FilterExpression is not supported.');
  }
  const [from, to] = [timeOf(input.StartTime), timeOf(input.EndTime)];
  const found = traces.list().traces.filter(({ start }) => start >= from && start <= to);
  const at = Number(input.NextToken ?? 0);
  return {
    TraceSummaries: found.slice(at, at + PAGE).map(summaryOf),
    TracesProcessedCount: found.length,
    ApproximateTime: Date.now() / 1000,
    ...(found.length > at + PAGE ? { NextToken: String(at + PAGE) } : {}),
  };
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
