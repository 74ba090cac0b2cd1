import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { propertyOf, type Resource, resourcesOf, root } from '../../testbed/template';
import { AWS_METRICS, METRICS, NAMESPACE } from '../support/metrics';

/** A reference to a metric in a dashboard or an alarm. */
interface MetricReference {
  namespace: string;
  name: string;
  dimensions: string[];
}

interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: { title?: string; markdown?: string; region?: string; metrics?: unknown[][] };
}

const resources = resourcesOf(join(root, 'template.yaml'));
const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type);
const alarms = ofType('AWS::CloudWatch::Alarm');
/** The text is the first argument of Fn::Sub, and its variables are the second. */
const dashboard = ofType('AWS::CloudWatch::Dashboard').map(([, { Properties }]) =>
  String((Properties?.DashboardBody as [string] | undefined)?.[0]),
);
const widgets: Widget[] = JSON.parse(dashboard[0] ?? '').widgets;

function expectEmitted({ namespace, name, dimensions }: MetricReference): void {
  if (namespace === NAMESPACE) {
    expect(Object.keys(METRICS)).toContain(name);
    expect([name, [...dimensions].sort()]).toEqual([name, METRICS[name]]);
  } else {
    expect(AWS_METRICS[namespace]?.names).toContain(name);
    const { dimensions: required = [], more = [] } = AWS_METRICS[namespace] ?? {};
    expect([name, dimensions.filter((one) => !more.includes(one)).sort()]).toEqual([name, required]);
  }
}

/** Parses a line of a widget. A line is a metric or a SEARCH expression. */
function parseMetricLine(line: unknown[]): MetricReference {
  const [first] = line;
  if (typeof first === 'string') {
    const [namespace, name, ...rest] = line.filter((part) => typeof part === 'string') as [
      string,
      string,
      ...string[],
    ];
    return { namespace, name, dimensions: rest.filter((_, index) => index % 2 === 0) };
  }
  const { expression } = first as { expression: string };
  const [, schema = '', name = ''] = /SEARCH\('\{([^}]*)\} MetricName="(\w+)"/.exec(expression) ?? [];
  const [namespace = '', ...dimensions] = schema.split(',');
  return { namespace, name, dimensions };
}

describe('dashboard', () => {
  it('exists once and has widgets that fit into 24 columns without overlap', () => {
    expect(dashboard).toHaveLength(1);
    const taken = new Set<string>();
    for (const { x, y, width, height } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      for (let column = x; column < x + width; column += 1) {
        for (let row = y; row < y + height; row += 1) {
          expect(taken).not.toContain(`${column},${row}`);
          taken.add(`${column},${row}`);
        }
      }
    }
  });

  const lines = widgets.flatMap(({ properties: { title, metrics = [] } }) =>
    metrics.map((line) => ({ title, line })),
  );
  it.each(lines)('shows only emitted metrics in "$title": $line', ({ line }) => {
    expectEmitted(parseMetricLine(line));
  });

  it('shows every custom metric', () => {
    const shown = new Set(
      lines.map(({ line }) => parseMetricLine(line)).map(({ namespace, name }) => `${namespace} ${name}`),
    );
    for (const name of Object.keys(METRICS)) expect(shown).toContain(`${NAMESPACE} ${name}`);
  });

  it('references existing resources', () => {
    const references = [...(dashboard[0] ?? '').matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(
      ([, id]) => id as string,
    );
    expect(references.length).toBeGreaterThan(0);
    for (const id of references) expect(['DeliveryRule', ...Object.keys(resources)]).toContain(id);
  });
});

describe.each(alarms)('alarm %s', (id, { Properties = {} }: Resource) => {
  const {
    Metrics = [],
    Namespace,
    MetricName,
    Dimensions,
  } = Properties as {
    Namespace?: string;
    MetricName?: string;
    Dimensions?: { Name: string }[];
    Metrics?: {
      Id: string;
      Expression?: string;
      ReturnData?: boolean;
      MetricStat?: { Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string }[] } };
    }[];
  };

  it('uses only emitted metrics', () => {
    const watched = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
    if (Namespace && MetricName) watched.push({ Namespace, MetricName, Dimensions: Dimensions ?? [] });
    expect(watched.length).toBeGreaterThan(0);
    for (const { Namespace: namespace, MetricName: name, Dimensions: dimensions } of watched) {
      expectEmitted({ namespace, name, dimensions: dimensions.map(({ Name }) => Name) });
    }
  });

  it('uses all of its metrics and no other names in its expression', () => {
    const ids = Metrics.filter(({ MetricStat }) => MetricStat).map((metric) => metric.Id);
    for (const { Expression } of Metrics.filter((metric) => metric.Expression)) {
      const used = (Expression ?? '').match(/\b[a-z]\w*/g) ?? [];
      expect([...new Set(used)].sort()).toEqual([...ids].sort());
    }
    if (Metrics.length > 0) expect(Metrics.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
  });

  it('notifies the topic, if set, when it fires and when it recovers', () => {
    const topic = ['HasAlarmTopic', ['AlarmTopicArn'], 'AWS::NoValue'];
    expect(Properties).toMatchObject({
      AlarmActions: topic,
      OKActions: topic,
      TreatMissingData: 'notBreaching',
    });
  });

  it('links to its entry in the runbook', () => {
    expect(readFileSync(join(root, 'docs', 'operations.md'), 'utf8')).toContain(`\n## ${id}\n`);
    expect(Properties.AlarmDescription).toMatch(new RegExp(` See docs/operations\\.md#${id.toLowerCase()}$`));
  });
});

describe('the budget', () => {
  it('exists only if an email address is set, and notifies it of actual and forecasted costs', () => {
    const { CostBudget } = resources;
    expect(CostBudget).toMatchObject({ Type: 'AWS::Budgets::Budget', Condition: 'HasBudget' });
    const notifications = propertyOf<{ Notification: object; Subscribers: object[] }[]>(
      CostBudget,
      'NotificationsWithSubscribers',
    );
    expect(notifications.map(({ Notification }) => Notification)).toEqual([
      expect.objectContaining({ NotificationType: 'ACTUAL', Threshold: 80 }),
      expect.objectContaining({ NotificationType: 'FORECASTED', Threshold: 100 }),
    ]);
    for (const { Subscribers } of notifications)
      expect(Subscribers).toEqual([{ SubscriptionType: 'EMAIL', Address: 'BudgetEmail' }]);
    expect(resourcesOf(join(root, 'template.yaml'), 'Conditions').HasBudget).toEqual([['BudgetEmail', '']]);
  });
});

describe('saved queries', () => {
  const queries = ofType('AWS::Logs::QueryDefinition');

  it.each(queries)(
    '%s queries the log group of the functions and is named after the stack',
    (_, { Properties }) => {
      expect(Properties).toMatchObject({
        // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
        Name: expect.stringContaining('${AWS::StackName}/'),
        LogGroupNames: ['FunctionLogs'],
        QueryString: expect.stringMatching(/^(fields|filter) /),
      });
    },
  );

  it('contains the five queries in the runbook', () => {
    const runbook = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
    expect(queries).toHaveLength(5);
    for (const [, { Properties }] of queries) {
      expect(runbook).toContain(String(Properties?.Name).replace(/^.*\//, ''));
    }
  });
});
