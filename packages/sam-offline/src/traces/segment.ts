/**
 * A subsegment of an X-Ray document. Times are epoch seconds with fractions. IDs have 16 hexadecimal digits.
 *
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export interface Subsegment {
  readonly id: string;
  readonly name: string;
  readonly start_time: number;
  readonly end_time?: number;
  readonly in_progress?: boolean;
  /** The kind of call: `aws` for calls to AWS services, `remote` for other calls. */
  readonly namespace?: string;
  readonly aws?: Readonly<Record<string, unknown>>;
  readonly http?: {
    readonly request?: object;
    readonly response?: { readonly status?: number; readonly content_length?: number };
  };
  readonly annotations?: Readonly<Record<string, string | number | boolean>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Whether the call failed with a 5xx status. */
  readonly fault?: boolean;
  /** Whether the call failed with a 4xx status. */
  readonly error?: boolean;
  /** Whether the call was throttled (429). */
  readonly throttle?: boolean;
  readonly cause?: unknown;
  readonly subsegments?: readonly Subsegment[];
}

/** An X-Ray document: a segment, or an independent subsegment with the ID of its parent. */
export interface Segment extends Subsegment {
  readonly trace_id: string;
  readonly parent_id?: string;
  readonly type?: 'subsegment';
  /** The type of the resource, such as `AWS::Lambda::Function`. */
  readonly origin?: string;
  readonly resource_arn?: string;
}

/** Records a segment of an emulated service. */
export type RecordSegment = (segment: Segment) => void;

/** Returns the members that mark a call as a fault (5xx), a throttle (429) or an error (other 4xx). */
export function classifyStatus(status: number): Pick<Subsegment, 'fault' | 'error' | 'throttle'> {
  if (status >= 500) return { fault: true };
  if (status === 429) return { error: true, throttle: true };
  return status >= 400 ? { error: true } : {};
}

/** Visits a segment and its subsegments, depth first. */
export function walkSpans(
  span: Subsegment,
  visit: (span: Subsegment, outer?: Subsegment) => void,
  outer?: Subsegment,
): void {
  visit(span, outer);
  for (const inner of span.subsegments ?? []) walkSpans(inner, visit, span);
}

/** Converts epoch milliseconds to the epoch seconds of X-Ray documents. */
export function toEpochSeconds(epochMillis: number): number {
  return epochMillis / 1000;
}

/** Returns the time in epoch milliseconds. The fractions preserve the order of segments. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
