/**
 * A subsegment as X-Ray's documents have it: times in epoch seconds with fractions, ids of 16 hexadecimal digits.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export interface Subsegment {
  readonly id: string;
  readonly name: string;
  readonly start_time: number;
  readonly end_time?: number;
  readonly in_progress?: boolean;
  /** `aws` for a call of an AWS service, `remote` for any other. */
  readonly namespace?: string;
  readonly aws?: Readonly<Record<string, unknown>>;
  readonly http?: { readonly response?: { readonly status?: number } };
  readonly annotations?: Readonly<Record<string, string | number | boolean>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** A server's fault, a client's error, a throttled call. */
  readonly fault?: boolean;
  readonly error?: boolean;
  readonly throttle?: boolean;
  readonly cause?: unknown;
  readonly subsegments?: readonly Subsegment[];
}

/** A document that is sent by itself: a segment, or a subsegment that names its parent. */
export interface Segment extends Subsegment {
  readonly trace_id: string;
  readonly parent_id?: string;
  readonly type?: 'subsegment';
  /** What kind of resource it is of: `AWS::Lambda::Function`. */
  readonly origin?: string;
  readonly resource_arn?: string;
}

/** What the services of the runtime tell of themselves, as AWS's do. */
export type RecordSegment = (segment: Segment) => void;

/** Visits a segment and all within it. */
export function walkSpans(
  span: Subsegment,
  visit: (span: Subsegment, outer?: Subsegment) => void,
  outer?: Subsegment,
): void {
  visit(span, outer);
  for (const inner of span.subsegments ?? []) walkSpans(inner, visit, span);
}

/** X-Ray's times are seconds. */
export function toEpochSeconds(epochMillis: number): number {
  return epochMillis / 1000;
}

/** Epoch milliseconds with fractions: whole ones would hide what comes first. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
