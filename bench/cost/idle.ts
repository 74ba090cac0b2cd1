import { join } from 'node:path';
import { loadTemplate, PRICES as prices } from 'sam-offline';
import { EVERYONE_SHARDS } from '../../chat/rooms/room-keys';
import { resourcesOf, root } from '../../testbed/template';

const MONTH_MINUTES = 30 * 24 * 60;

/** The monthly cost of a stack without traffic. The template has no other resources that AWS bills while they are idle. */
export interface IdleCost {
  readonly secrets: number;
  readonly alarms: number;
  /** The number of metrics that the alarms evaluate. CloudWatch bills each metric. */
  readonly alarmMetrics: number;
  readonly sweeps: number;
  readonly dollars: Readonly<Record<'secrets' | 'alarms' | 'sweeps' | 'total', number>>;
}

/**
 * Counts the billed resources in template.yaml and returns their price. Excludes the stack of the web page, which costs less
 * than a cent.
 */
export function computeIdleCost(): IdleCost {
  const file = join(root, 'template.yaml');
  const resources = Object.values(resourcesOf(file));
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
  const alarms = ofType('AWS::CloudWatch::Alarm');
  const alarmMetrics = alarms.flatMap(({ Properties: { Metrics = [{ MetricStat: {} }] } = {} }) =>
    (Metrics as { MetricStat?: object }[]).filter(({ MetricStat }) => MetricStat),
  ).length;
  const secrets = ofType('AWS::SecretsManager::Secret').length;
  const { schedule = '' } = loadTemplate({ file }).rules.find((rule) => rule.schedule) ?? {};
  const sweeps = MONTH_MINUTES / Number(/\d+/.exec(schedule)?.[0]);
  const dollars = {
    secrets: secrets * prices.dollars.secretMonth,
    alarms: alarmMetrics * prices.dollars.alarmMetricMonth,
    sweeps: sweeps * sweepPrice(),
  };
  return {
    ...{ secrets, alarms: alarms.length, alarmMetrics, sweeps },
    dollars: { ...dollars, total: dollars.secrets + dollars.alarms + dollars.sweeps },
  };
}

/** Returns the price of a sweep that finds no connections. Includes the X-Ray trace of the sweep. */
function sweepPrice(): number {
  const { expressExecution, trace, dynamodbReadUnit } = prices.dollars;
  return expressExecution + trace + (EVERYONE_SHARDS / 2) * dynamodbReadUnit;
}
