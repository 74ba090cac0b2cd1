import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AWS_METRICS, METRICS, NAMESPACE } from '../support/metrics';
import { type Resource, resourcesOf, root } from '../support/template';

/** A metric as a dashboard or an alarm names it. */
interface Named {
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
const dashboard = ofType('AWS::CloudWatch::Dashboard').map(([, { Properties }]) =>
  String(Properties?.DashboardBody),
);
const widgets: Widget[] = JSON.parse(dashboard[0] ?? '').widgets;

function expectKnown({ namespace, name, dimensions }: Named): void {
  if (namespace === NAMESPACE) {
    expect(Object.keys(METRICS)).toContain(name);
    expect([name, [...dimensions].sort()]).toEqual([name, METRICS[name]]);
  } else {
    expect(AWS_METRICS[namespace]?.names).toContain(name);
    expect([name, [...dimensions].sort()]).toEqual([name, AWS_METRICS[namespace]?.dimensions]);
  }
}

/** A line of a widget: a metric, or a search for one. */
function namedBy(line: unknown[]): Named {
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

describe('the dashboard', () => {
  it('is one, of widgets that lie side by side within its 24 columns', () => {
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
  it.each(lines)('shows under "$title" what something emits: $line', ({ line }) => {
    expectKnown(namedBy(line));
  });

  it('shows every metric of the app', () => {
    const shown = new Set(
      lines.map(({ line }) => namedBy(line)).map(({ namespace, name }) => `${namespace} ${name}`),
    );
    for (const name of Object.keys(METRICS)) expect(shown).toContain(`${NAMESPACE} ${name}`);
  });

  it('refers to resources that the template has', () => {
    const references = [...(dashboard[0] ?? '').matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(
      ([, id]) => id as string,
    );
    expect(references.length).toBeGreaterThan(0);
    // SAM names a rule after the state machine and its event.
    for (const id of references)
      expect(['StageName', 'FanOutDelivery', ...Object.keys(resources)]).toContain(id);
  });
});

describe.each(alarms)('the alarm %s', (id, { Properties = {} }: Resource) => {
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

  it('watches metrics that something emits', () => {
    const watched = Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []);
    if (Namespace && MetricName) watched.push({ Namespace, MetricName, Dimensions: Dimensions ?? [] });
    expect(watched.length).toBeGreaterThan(0);
    for (const { Namespace: namespace, MetricName: name, Dimensions: dimensions } of watched) {
      expectKnown({ namespace, name, dimensions: dimensions.map(({ Name }) => Name) });
    }
  });

  it('computes from the metrics it names, and from nothing else', () => {
    const ids = Metrics.filter(({ MetricStat }) => MetricStat).map((metric) => metric.Id);
    for (const { Expression } of Metrics.filter((metric) => metric.Expression)) {
      const used = (Expression ?? '').match(/\b[a-z]\w*/g) ?? [];
      expect([...new Set(used)].sort()).toEqual([...ids].sort());
    }
    if (Metrics.length > 0) expect(Metrics.filter(({ ReturnData }) => ReturnData !== false)).toHaveLength(1);
  });

  it('tells the topic, if there is one, when it begins and when it ends', () => {
    const told = ['HasAlarmTopic', ['AlarmTopicArn'], 'AWS::NoValue'];
    expect(Properties).toMatchObject({
      AlarmActions: told,
      OKActions: told,
      TreatMissingData: 'notBreaching',
    });
  });

  it('is explained in the runbook', () => {
    expect(readFileSync(join(root, 'docs', 'operations.md'), 'utf8')).toContain(`## ${id}`);
    expect(Properties.AlarmDescription).toContain('docs/operations.md');
  });
});

describe('the saved queries', () => {
  const queries = ofType('AWS::Logs::QueryDefinition');

  it.each(queries)('%s asks the functions’ log group, under a name of the stack', (_, { Properties }) => {
    expect(Properties).toMatchObject({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
      Name: expect.stringContaining('${AWS::StackName}/'),
      LogGroupNames: ['FunctionLogs'],
      QueryString: expect.stringMatching(/^(fields|filter) /),
    });
  });

  it('are the five that the runbook tells of', () => {
    const runbook = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');
    expect(queries).toHaveLength(5);
    for (const [, { Properties }] of queries) {
      expect(runbook).toContain(String(Properties?.Name).replace(/^.*\//, ''));
    }
  });
});
