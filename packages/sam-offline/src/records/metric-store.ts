import type { Metric, RecordValue } from '../core/metrics';

/** A metric and its values. */
export interface MetricSeries extends Metric {
  /** The number of values since the runtime started. */
  readonly samples: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly last: number;
  /**
   * The sum of the values in each step, oldest first, or `null` for steps without values. The last step is still in progress.
   */
  readonly steps: readonly (number | null)[];
}

/** The length of a step in seconds. */
const STEP_SECONDS = 5;
const MAX_STEPS = 60;
/** The maximum number of series. Limits the memory that dimensions with many values require. CloudWatch bills each series. */
const MAX_SERIES = 1000;

interface SeriesState extends Metric {
  samples: number;
  sum: number;
  minimum: number;
  maximum: number;
  last: number;
  readonly steps: Map<number, number>;
}

interface MetricDirective {
  readonly Namespace?: string;
  readonly Dimensions?: readonly (readonly string[])[];
  readonly Metrics?: readonly { readonly Name: string; readonly Unit?: string }[];
}

/**
 * Collects the metrics of services, and the metrics in log lines in the CloudWatch embedded metric format.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class MetricStore {
  private readonly series = new Map<string, SeriesState>();
  private changes = 0;

  /** Increases with each change. */
  get version(): number {
    return this.changes;
  }

  /** Records the metrics of a log line at the time `at` (epoch milliseconds). Ignores other lines. */
  addLogLine(line: string, at = Date.now()): void {
    if (!line.startsWith('{') || !line.includes('"_aws"')) return;
    const document = parse(line);
    const directives = (document?._aws as { CloudWatchMetrics?: MetricDirective[] } | undefined)
      ?.CloudWatchMetrics;
    if (!document || !Array.isArray(directives)) return;
    this.changes += 1;
    for (const { Namespace = '', Dimensions = [[]], Metrics: metrics = [] } of directives) {
      for (const keys of Dimensions) {
        const dimensions = Object.fromEntries(keys.map((key) => [key, String(document[key])]));
        for (const { Name, Unit = 'None' } of metrics) {
          const values = [document[Name]].flat().filter((value) => typeof value === 'number');
          const series = this.findSeries({ namespace: Namespace, name: Name, unit: Unit, dimensions });
          if (series) addValues(series, values, at);
        }
      }
    }
  }

  /** Returns a function that records a value with the current time. The first value creates the series. */
  open(metric: Metric): RecordValue {
    let series: SeriesState | undefined;
    return (value = 1) => {
      series ??= this.findSeries(metric);
      if (!series) return;
      this.changes += 1;
      addValues(series, [value], Date.now());
    };
  }

  /** Returns all series, with steps up to the time `at` (epoch milliseconds). */
  list(at = Date.now()): MetricSeries[] {
    const now = stepOf(at);
    return [...this.series.values()].map(({ steps, ...series }) => ({
      ...series,
      steps: Array.from({ length: MAX_STEPS }, (_, i) => steps.get(now - MAX_STEPS + 1 + i) ?? null),
    }));
  }

  /** Returns the series of a metric. Creates the series if it does not exist, unless there are already `MAX_SERIES` series. */
  private findSeries(metric: Metric): SeriesState | undefined {
    const { namespace, name, unit, dimensions } = metric;
    const key = JSON.stringify([namespace, name, dimensions]);
    const existing = this.series.get(key);
    if (existing || this.series.size >= MAX_SERIES) return existing;
    const empty = { samples: 0, sum: 0, minimum: Infinity, maximum: -Infinity, last: 0 };
    const series = { namespace, name, unit, dimensions, ...empty, steps: new Map() };
    this.series.set(key, series);
    return series;
  }
}

function addValues(series: SeriesState, values: readonly number[], at: number): void {
  const step = stepOf(at);
  for (const value of values) {
    series.samples += 1;
    series.sum += value;
    series.minimum = Math.min(series.minimum, value);
    series.maximum = Math.max(series.maximum, value);
    series.last = value;
    series.steps.set(step, (series.steps.get(step) ?? 0) + value);
  }
  for (const oldStep of series.steps.keys()) {
    if (oldStep > step - MAX_STEPS) break;
    series.steps.delete(oldStep);
  }
}

function stepOf(epochMillis: number): number {
  return Math.floor(epochMillis / 1000 / STEP_SECONDS);
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
