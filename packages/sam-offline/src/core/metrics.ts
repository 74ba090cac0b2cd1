/** A CloudWatch metric with one set of dimensions. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Records a value of a metric. The default value is 1. */
export type RecordValue = (value?: number) => void;

/**
 * Returns a function that records values of a metric. As in CloudWatch, a metric does not exist until its first value is
 * recorded.
 */
export type OpenMetric = (metric: Metric) => RecordValue;

/** Discards all values. */
export const discardMetrics: OpenMetric = () => () => undefined;
