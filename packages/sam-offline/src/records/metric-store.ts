/** A CloudWatch metric with one set of dimensions. */
export interface MetricSeries {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** The number of values since the runtime started. */
  readonly samples: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly last: number;
  /** The sum of each step, oldest first, or `null` for steps without values. The last step is still in progress. */
  readonly steps: readonly (number | null)[];
}

/** The length of a step in seconds. */
const STEP_SECONDS = 5;
const MAX_STEPS = 60;
/** Limits the memory for dimensions with many values. CloudWatch bills each series. */
const MAX_SERIES = 1000;

interface SeriesState {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Record<string, string>;
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
 * Collects metrics from log lines in the CloudWatch embedded metric format.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class MetricStore {
  private readonly series = new Map<string, SeriesState>();
  private changes = 0;

  /** Increases with every metric log line. */
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
          this.addValues({ namespace: Namespace, name: Name, unit: Unit, dimensions }, values, at);
        }
      }
    }
  }

  /** Returns all series, with steps up to the time `at` (epoch milliseconds). */
  list(at = Date.now()): MetricSeries[] {
    const now = stepOf(at);
    return [...this.series.values()].map(({ steps, ...series }) => ({
      ...series,
      steps: Array.from({ length: MAX_STEPS }, (_, i) => steps.get(now - MAX_STEPS + 1 + i) ?? null),
    }));
  }

  private addValues(
    metric: Pick<SeriesState, 'namespace' | 'name' | 'unit' | 'dimensions'>,
    values: number[],
    at: number,
  ): void {
    const key = JSON.stringify([metric.namespace, metric.name, metric.dimensions]);
    let series = this.series.get(key);
    if (!series) {
      if (this.series.size >= MAX_SERIES) return;
      const empty = { samples: 0, sum: 0, minimum: Infinity, maximum: -Infinity, last: 0 };
      series = { ...metric, ...empty, steps: new Map() };
      this.series.set(key, series);
    }
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
