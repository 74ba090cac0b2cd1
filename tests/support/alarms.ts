import { loadTemplate } from 'sam-offline';
import type { MetricSeries } from 'sam-offline/testing';
import { type Document, isSeq, type Node, parseDocument, YAMLMap } from 'yaml';
import { copyApp } from '../../testbed/app-copy';
import { evaluateMath } from './metric-math';

/** An alarm in the template. Its dimensions contain the resolved values of intrinsic functions. */
export interface Alarm {
  readonly name: string;
  /** A metric math expression that refers to the ids of `metrics`. */
  readonly expression: string;
  readonly metrics: readonly AlarmMetric[];
  readonly threshold: number;
  /** The alarm fires if the metric exceeds the threshold in this number of the last `periods` periods. */
  readonly breaches: number;
  readonly periods: number;
}

interface AlarmMetric {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string;
}

type Path = readonly (string | number)[];

/**
 * Reads the alarms in the template. Adds the dimensions as outputs to a copy of the template, so that the runtime resolves
 * them.
 */
export function readAlarms(): Alarm[] {
  const alarms: Alarm[] = [];
  const copy = copyApp('template.yaml', (content) => {
    const document = parseDocument(content, { version: '1.1', schema: 'failsafe', logLevel: 'silent' });
    for (const { key, value } of (document.get('Resources') as YAMLMap<{ value: string }, YAMLMap>).items) {
      if (value?.get('Type') === 'AWS::CloudWatch::Alarm') alarms.push(readAlarm(document, key.value));
    }
    return String(document);
  });
  const { outputs } = loadTemplate({ file: copy.template });
  copy.remove();
  const values = new Map(outputs.map(({ key, value }) => [key, value]));
  const resolve = (metric: AlarmMetric): AlarmMetric => ({
    ...metric,
    dimensions: Object.fromEntries(
      Object.entries(metric.dimensions).map(([name, output]) => [name, values.get(output) as string]),
    ),
  });
  return alarms.map((alarm) => ({ ...alarm, metrics: alarm.metrics.map(resolve) }));
}

/** Reads an alarm. Adds an output for each dimension to the template, and returns output names as dimensions. */
function readAlarm(document: Document, name: string): Alarm {
  const path: Path = ['Resources', name, 'Properties'];
  const text = (...rest: Path) => String(document.getIn([...path, ...rest]));
  const operator = text('ComparisonOperator');
  if (operator !== 'GreaterThanThreshold') throw new Error(`${name}: ${operator} is not supported.`);
  const readMetric = (id: string, metricPath: Path, stat: string): AlarmMetric => ({
    id,
    namespace: text(...metricPath, 'Namespace'),
    name: text(...metricPath, 'MetricName'),
    dimensions: addOutputs(document, `${name}${id}`, [...path, ...metricPath, 'Dimensions']),
    stat,
  });
  const threshold = Number(text('Threshold'));
  const periods = Number(text('EvaluationPeriods'));
  const breaches = document.hasIn([...path, 'DatapointsToAlarm'])
    ? Number(text('DatapointsToAlarm'))
    : periods;
  const limits = { threshold, periods, breaches };
  const list = document.getIn([...path, 'Metrics']);
  if (!isSeq(list)) {
    const stat = document.hasIn([...path, 'Statistic']) ? text('Statistic') : text('ExtendedStatistic');
    return { name, expression: 'metric', metrics: [readMetric('metric', [], stat)], ...limits };
  }
  const indexes = list.items.map((_, index) => index);
  const isMetric = (index: number) => document.hasIn([...path, 'Metrics', index, 'MetricStat']);
  const metrics = indexes
    .filter(isMetric)
    .map((index) =>
      readMetric(
        text('Metrics', index, 'Id'),
        ['Metrics', index, 'MetricStat', 'Metric'],
        text('Metrics', index, 'MetricStat', 'Stat'),
      ),
    );
  const expression = indexes.find((index) => !isMetric(index)) as number;
  return { name, expression: text('Metrics', expression, 'Expression'), metrics, ...limits };
}

/** Adds an output for the value of each dimension. Returns the names of the outputs by dimension. */
function addOutputs(document: Document, prefix: string, path: Path): Record<string, string> {
  const dimensions = document.getIn(path);
  if (!isSeq<YAMLMap>(dimensions)) throw new Error(`${path.join('.')} is missing.`);
  return Object.fromEntries(
    dimensions.items.map((dimension, index) => {
      const output = new YAMLMap<string, Node>();
      output.set('Value', dimension.get('Value', true) as Node);
      document.setIn(['Outputs', `${prefix}${index}`], output);
      return [String(dimension.get('Name')), `${prefix}${index}`];
    }),
  );
}

/** Returns the metrics that a runtime has recorded. */
export async function readMetrics(httpUrl: string): Promise<MetricSeries[]> {
  return (await (await fetch(`${httpUrl}/_local/metrics`)).json()) as MetricSeries[];
}

/**
 * Returns the names of the alarms that fire because of the values since `before`. These values count as one period, and one
 * breaching period is enough for an alarm to fire.
 */
export function findFiringAlarms(
  alarms: readonly Alarm[],
  before: readonly MetricSeries[],
  now: readonly MetricSeries[],
): string[] {
  const isFiring = ({ expression, metrics, threshold }: Alarm): boolean => {
    const values = new Map(
      metrics.map((metric) => [
        metric.id,
        readStatistic(metric, findSeries(before, metric), findSeries(now, metric)),
      ]),
    );
    const value = evaluateMath(expression, (id) => values.get(id));
    // Every alarm in the template treats missing data as not breaching.
    return value !== undefined && value > threshold;
  };
  return alarms.filter(isFiring).map(({ name }) => name);
}

function findSeries(all: readonly MetricSeries[], metric: AlarmMetric): MetricSeries | undefined {
  const key = ({ namespace, name, dimensions }: Omit<AlarmMetric, 'id' | 'stat'>) =>
    JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
  return all.find((series) => key(series) === key(metric));
}

/**
 * Returns the sum or number of the values since `before`, or the last value for other statistics. Returns undefined if there
 * are no values.
 */
function readStatistic(
  { stat }: AlarmMetric,
  before: MetricSeries | undefined,
  now: MetricSeries | undefined,
): number | undefined {
  if (!now || now.samples === (before?.samples ?? 0)) return undefined;
  if (stat === 'SampleCount') return now.samples - (before?.samples ?? 0);
  return stat === 'Sum' ? now.sum - (before?.sum ?? 0) : now.last;
}
