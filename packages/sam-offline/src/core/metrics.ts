/** A CloudWatch metric with one set of dimensions. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Records a value of a metric. Default: 1. */
export type RecordValue = (value?: number) => void;

/** Returns a function that records values of a metric. The metric exists from its first value on, as in CloudWatch. */
export type OpenMetric = (metric: Metric) => RecordValue;

/** Discards all values. */
export const discardMetrics: OpenMetric = () => () => undefined;
