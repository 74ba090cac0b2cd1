import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, loadTemplate } from 'sam-offline';
import { parse } from 'yaml';
import { changeSettings, type Settings, withSettingsSync } from '../../scripts/settings';
import { resourcesOf, root } from '../../testbed/template';

const file = join(root, 'template.yaml');

const { Limits, Settings: groups } = resourcesOf(file, 'Mappings') as unknown as {
  Limits: Record<string, { default: string; loadTest: string }>;
  Settings: Record<string, Record<string, string>>;
};
const settings: Record<string, string> = Object.assign({}, ...Object.values(groups));

/** The minimum and maximum values that the application supports. */
const LIMIT_RANGES: Record<string, [minimum: number, maximum: number]> = {
  MessageRate: [1, 1000],
  MessageBurst: [1, 1000],
  RequestRate: [1, 1000],
  RequestBurst: [10, 10_000], // creating a room costs 10 units
  FailedJoinsPerMinute: [1, 1000],
  ConnectionsPerUser: [1, 1000],
  ConnectionsPerAddress: [1, 1_000_000],
  GuestsPerAddress: [1, 100_000],
  LobbyRate: [1, 1000],
  LobbyBurst: [1, 1000],
  RoomRate: [1, 10_000],
  RoomBurst: [1, 10_000],
  BroadcastRate: [1, 100],
  BroadcastBurst: [1, 100],
  // The lowest account quotas: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
  MainRouteRate: [1, 2500],
  MainRouteBurst: [1, 1250],
  RouteRate: [1, 2500],
  RouteBurst: [1, 1250],
  NoticeThreshold: [0, 10_000],
};
const SETTING_RANGES: Record<string, [minimum: number, maximum: number]> = {
  PostRate: [100, 1_000_000],
  PostBurst: [1, 500_000],
  BatchSize: [1, 500],
  PageLimit: [1, 2000], // about 2,600 rows fit in 256 KiB of state data
  PostConcurrency: [1, 50], // the memory of the post function is enough for 50 concurrent posts
  PostReservedConcurrency: [0, 10_000],
  DebugShare: [0, 1],
  MonthlyBudget: [1, 1_000_000],
};
const CHOICES: Record<string, string[]> = {
  TypingIndicator: ['on', 'off'],
  ReadPositions: ['on', 'off'],
  WebPushKey: ['none'], // the other values are public keys
  GuestSecretInUrl: ['on', 'off'],
  LogLevel: ['DEBUG', 'INFO', 'WARN', 'ERROR'],
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  LogRetentionDays: [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ].map(String),
  MetricsDisabled: ['true', 'false'],
};

/** Expects the text of a number in an inclusive range. */
function expectNumber(value: string, [minimum, maximum]: [number, number] = [Number.NaN, Number.NaN]): void {
  expect(value).toMatch(/^\d+(\.\d+)?$/);
  expect(Number(value)).toBeGreaterThanOrEqual(minimum);
  expect(Number(value)).toBeLessThanOrEqual(maximum);
}

describe('the mappings of template.yaml', () => {
  it.each(Object.entries(Limits))('has valid values for the limit %s in both columns', (name, columns) => {
    expect(Object.keys(columns)).toEqual(['default', 'loadTest']);
    for (const value of Object.values(columns)) expectNumber(value, LIMIT_RANGES[name]);
  });

  it.each(Object.entries(settings))('has a valid value for the setting %s', (name, value) => {
    if (CHOICES[name]) expect(CHOICES[name]).toContain(value);
    else expectNumber(value, SETTING_RANGES[name]);
  });

  it('contains the limits and settings that are listed in this test', () => {
    expect(Object.keys(Limits)).toEqual(Object.keys(LIMIT_RANGES));
    expect(Object.keys(settings).sort()).toEqual(
      [...Object.keys(SETTING_RANGES), ...Object.keys(CHOICES)].sort(),
    );
  });

  it('raises every limit for load tests, and turns off notices', () => {
    for (const [name, { default: usual, loadTest }] of Object.entries(Limits)) {
      if (name === 'NoticeThreshold') expect(loadTest).toBe('0');
      else expect([name, Number(loadTest) > Number(usual)]).toEqual([name, true]);
    }
  });

  it('keeps the total rate of all routes, a reply to each frame, and PostRate below the request rate of an account', () => {
    const { webSocketApis, httpApis } = loadTemplate({ file });
    const rateOf = ({ throttle }: { throttle?: { ratePerSecond: number } }) =>
      throttle?.ratePerSecond ?? Number.NaN;
    const frames = webSocketApis.flatMap(({ routes }) => routes);
    const requests = [...frames, ...httpApis.flatMap(({ routes }) => routes)].map(rateOf);
    const replies = frames.filter(({ routeKey }) => !/^\$(dis)?connect$/.test(routeKey)).map(rateOf);
    const sum = [...requests, ...replies, Number(settings.PostRate)].reduce((total, rate) => total + rate, 0);
    expect(requests.length).toBeGreaterThan(30);
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
    expect(sum).toBeLessThan(10_000);
  });

  it('has names that CloudFormation accepts', () => {
    // According to the cfn-lint schema, second-level keys consist only of letters and digits.
    const names = [Limits, groups].flatMap((map) =>
      Object.entries(map).flatMap(([key, inner]) => [key, ...Object.keys(inner)]),
    );
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9]+$/);
  });

  it('uses every setting in a resource or condition', () => {
    const text = readFileSync(file, 'utf8');
    for (const name of Object.keys(Limits))
      expect(text).toContain(`!FindInMap [Limits, ${name}, !Ref Limits]`);
    for (const [group, members] of Object.entries(groups)) {
      for (const name of Object.keys(members))
        expect(text).toContain(`!FindInMap [Settings, ${group}, ${name}]`);
    }
  });
});

describe('a setting', () => {
  const load = (changed: Settings, parameters = {}): App =>
    withSettingsSync(changed, (copy) => loadTemplate({ file: copy, parameters }));
  const read = (app: App, variable: string) =>
    new Set(app.functions.flatMap(({ environment }) => environment[variable] ?? []));

  it('has the value of the column that Limits selects', () => {
    expect(read(loadTemplate({ file }), 'MESSAGE_RATE')).toEqual(new Set(['10']));
    expect(read(loadTemplate({ file, parameters: { Limits: 'loadTest' } }), 'MESSAGE_RATE')).toEqual(
      new Set(['1000']),
    );
  });

  it('can be changed in all columns of a copy of the template', () => {
    for (const parameters of [{}, { Limits: 'loadTest' }]) {
      const app = load({ MessageRate: 3, TypingIndicator: 'on', PostReservedConcurrency: 7 }, parameters);
      expect(read(app, 'MESSAGE_RATE')).toEqual(new Set(['3']));
      expect(read(app, 'TYPING_INDICATOR')).toEqual(new Set(['on']));
      expect(app.functions.find(({ logicalId }) => logicalId === 'PostFunction')?.reservedConcurrency).toBe(
        7,
      );
    }
  });

  it('is rejected if the template does not contain it', () => {
    const template = readFileSync(file, 'utf8');
    expect(() => changeSettings(template, { MesageRate: 1 })).toThrow(
      'The template has no setting MesageRate.',
    );
  });

  it('is the only change in the copy', () => {
    const template = readFileSync(file, 'utf8');
    const read = (text: string) => parse(text, { logLevel: 'silent' });
    const expected = read(template);
    expected.Mappings.Limits.MessageRate = { default: '3', loadTest: '3' };
    expect(read(changeSettings(template, { MessageRate: 3 }))).toEqual(expected);
    // Compares the tags of short-form functions separately, because the parser drops them.
    const tags = (text: string) => text.match(/!\w+/g);
    expect(tags(changeSettings(template, { MessageRate: 3 }))).toEqual(tags(template));
  });

  it('can turn off custom metrics', () => {
    expect(read(loadTemplate({ file }), 'POWERTOOLS_METRICS_DISABLED')).toEqual(new Set(['false']));
    expect(read(load({ MetricsDisabled: 'true' }), 'POWERTOOLS_METRICS_DISABLED')).toEqual(new Set(['true']));
  });
});

describe('docs/deployment.md', () => {
  const page = readFileSync(join(root, 'docs', 'deployment.md'), 'utf8');
  /** Returns the names in the first column of the table that follows a line. */
  const readNames = (line: string) => {
    const [table = ''] = page.slice(page.indexOf(line)).match(/(?:^\|.*\n)+/m) ?? [];
    return table.split('\n').flatMap((row) => (row.split('|')[1] ?? '').match(/(?<=`)\w+(?=`)/g) ?? []);
  };

  it('lists the parameters in the order of the questions', () => {
    const parameters = Object.keys(resourcesOf(file, 'Parameters'));
    expect(readNames('The parameters, in the order of the questions:')).toEqual(parameters);
  });

  it('lists only settings that the mappings contain', () => {
    const names = readNames('## Change settings');
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect([...Object.keys(Limits), ...Object.keys(settings)]).toContain(name);
  });
});
