import type { RuleModel } from '../src/events/model';
import { describeInputs } from '../src/records/describe-input';
import { EventStore } from '../src/records/event-store';
import { ExecutionHistory } from '../src/records/execution-history';
import { LogStore } from '../src/records/log-store';
import { MetricStore } from '../src/records/metric-store';
import type { ExecutionRecord, RunningExecution } from '../src/states';

describe('LogStore', () => {
  const entry = (requestId: string, line: string) =>
    ({ functionName: 'f', requestId, stream: 'stdout', line }) as const;

  it('finds lines by invocation, function, text and number', () => {
    const logs = new LogStore();
    logs.add(entry('1', 'Hello'), 'Send');
    logs.add(entry('2', 'hello again'), 'Post');
    logs.add(entry('2', 'bye'), 'Post');
    const found = (query: Parameters<LogStore['find']>[0]) => logs.find(query).map(({ line }) => line);
    expect(found({})).toEqual(['Hello', 'hello again', 'bye']);
    expect(found({ requestIds: new Set(['2']) })).toEqual(['hello again', 'bye']);
    expect(found({ function: 'Send' })).toEqual(['Hello']);
    expect(found({ text: 'HELLO' })).toEqual(['Hello', 'hello again']);
    expect(found({ after: 2 })).toEqual(['bye']);
    expect(found({ limit: 1 })).toEqual(['bye']);
  });

  it('keeps the latest 10,000 lines', () => {
    const logs = new LogStore();
    for (let i = 1; i <= 45_000; i += 1) logs.add(entry('1', `line ${i}`), 'Send');
    const all = logs.find({ limit: 100_000 });
    expect([all.length, all[0]?.line, all.at(-1)?.number]).toEqual([10_000, 'line 35001', 45_000]);
  });
});

describe('MetricStore', () => {
  const emf = (value: unknown, more: object = {}) =>
    JSON.stringify({
      _aws: {
        Timestamp: 0,
        CloudWatchMetrics: [
          { Namespace: 'App', Dimensions: [['route']], Metrics: [{ Name: 'Sent', Unit: 'Count' }] },
        ],
      },
      route: 'send',
      Sent: value,
      ...more,
    });

  it('collects embedded metrics by name and dimensions and ignores other lines', () => {
    const metrics = new MetricStore();
    metrics.addLogLine(emf(1), 1_000_000);
    metrics.addLogLine(emf([2, 4]), 1_005_000);
    metrics.addLogLine(emf(7, { route: 'join' }), 1_005_000);
    metrics.addLogLine('{"level":"INFO","message":"\\"_aws\\""}');
    metrics.addLogLine('{"_aws" malformed');
    const [sent, joined] = metrics.list(1_005_000);
    expect(sent).toMatchObject({
      namespace: 'App',
      name: 'Sent',
      unit: 'Count',
      dimensions: { route: 'send' },
      samples: 3,
      sum: 7,
      minimum: 1,
      maximum: 4,
      last: 4,
    });
    expect(sent?.steps.slice(-3)).toEqual([null, 1, 6]);
    expect(joined).toMatchObject({ dimensions: { route: 'join' }, sum: 7 });
    expect(metrics.version).toBe(3);
  });
});

describe('ExecutionHistory', () => {
  const record = (name: string, dataBytes: number) =>
    ({
      executionArn: name,
      name,
      transitions: [],
      transitionsDropped: 0,
      input: {},
      dataBytes,
    }) as unknown as ExecutionRecord;

  it('finds an execution with its data', () => {
    const executions = new ExecutionHistory();
    executions.add(record('a', 1));
    expect(executions.find('a')).toMatchObject({ input: {} });
    expect(executions.find('c')).toBeUndefined();
  });

  it('lists running and ended executions by start time, with a summary of the input', () => {
    const running: RunningExecution = {
      ...record('running', 0),
      status: 'RUNNING',
      startDate: 2,
      input: { 'detail-type': 'Placed', detail: { id: 7 } },
    };
    const executions = new ExecutionHistory(() => [running]);
    executions.add({ ...record('late', 0), startDate: 3, input: { text: 'x' } });
    executions.add({ ...record('early', 0), startDate: 1, input: 'text' });
    expect(executions.list()).toMatchObject([
      { name: 'late', summary: 'text=x' },
      { name: 'running', detailType: 'Placed', summary: 'id=7' },
      { name: 'early', summary: '' },
    ]);
    expect(executions.list()[0]).not.toHaveProperty('input');
  });

  it.each([
    [null, { summary: '', text: '' }],
    [['a'], { summary: '', text: '' }],
    [{ 'detail-type': 'Placed' }, { detailType: 'Placed', summary: '', text: '' }],
    [
      { 'detail-type': 'Placed', detail: {} },
      { detailType: 'Placed', summary: '', text: '' },
    ],
    [
      { 'detail-type': 7, id: 'a' },
      { summary: 'detail-type=7 id=a', text: 'detail-type=7 id=a' },
    ],
    [
      { a: 'x'.repeat(41), b: '', c: ['y'], d: { e: false, f: { g: 1 } }, h: 2 },
      { summary: 'h=2 d.e=false', text: `a=${'x'.repeat(41)} b= h=2 d.e=false` },
    ],
    [
      { a: 1, b: 2, c: 3, d: 4, e: 5 },
      { summary: 'a=1 b=2 c=3 d=4', text: 'a=1 b=2 c=3 d=4 e=5' },
    ],
    [{ a: 'x'.repeat(101) }, { summary: '', text: `a=${'x'.repeat(100)}…` }],
  ])('describes the input %j', (input, description) => {
    expect(describeInputs([input])).toEqual([description]);
  });

  it('describes events by the fields that differ, except for times', () => {
    const left = (room: string, username: string) => ({
      'detail-type': 'MemberLeft',
      detail: {
        version: 1,
        acceptedAt: 1769367007650,
        audience: [`${room}#0`],
        room,
        member: { userId: `g-${username}`, username },
        memberCount: 2,
        ts: '2026-01-25T18:50:07.650Z',
      },
    });
    const descriptions = describeInputs([left('483920117', 'Ada'), left('lobby', 'Ben'), { other: 1 }]);
    expect(descriptions.map(({ summary }) => summary)).toEqual([
      'room=483920117 member.userId=g-Ada member.username=Ada',
      'room=lobby member.userId=g-Ben member.username=Ben',
      'other=1',
    ]);
    expect(descriptions[0]?.text).toBe(
      'version=1 acceptedAt=1769367007650 room=483920117 memberCount=2 ts=2026-01-25T18:50:07.650Z ' +
        'member.userId=g-Ada member.username=Ada',
    );
  });

  it('keeps fewer executions if they contain more data', () => {
    const executions = new ExecutionHistory();
    for (let i = 0; i < 600; i += 1) executions.add(record(String(i), 0));
    expect(executions.list()).toHaveLength(500);
    for (let i = 0; i < 300; i += 1) executions.add(record(`large ${i}`, 1024 * 1024));
    expect(executions.list()).toHaveLength(20);
  });
});

describe('EventStore', () => {
  const rule = (logicalId: string, more: Partial<RuleModel> = {}): RuleModel => ({
    logicalId,
    name: logicalId,
    arn: `arn:${logicalId}`,
    eventBusName: 'bus',
    pattern: { source: ['app'] },
    enabled: true,
    targets: [],
    ...more,
  });
  const app = {
    eventBuses: [{ logicalId: 'Bus', name: 'bus', arn: 'arn:aws:events:r:1:event-bus/bus' }],
    rules: [
      rule('Elsewhere', { eventBusName: 'default' }),
      rule('Other', { pattern: { source: ['other'] } }),
      rule('Off', { enabled: false }),
      rule('Schedule', { pattern: undefined, schedule: 'rate(1 day)' }),
      rule('Matching'),
    ],
  };
  const event = (id: string, more: object = {}) => ({ id, source: 'app', 'detail-type': 'T', ...more });

  it('lists the matched rules of an event first, and explains why the other rules did not match', () => {
    const store = new EventStore();
    store.add(event('1'), 'bus', { traceHeader: 'Root=1-a;Parent=b;Sampled=1' });
    store.addDelivery(event('1'), 'bus', {
      ruleArn: 'arn:Matching',
      targetArn: 'arn:t',
      retries: 1,
      error: 'E',
    });
    store.addDelivery(event('1'), 'other', { ruleArn: 'arn:Matching', targetArn: 'arn:t', retries: 0 });
    const view = store.find('1@bus', app);
    expect(view).toMatchObject({ key: '1@bus', hasBus: true, traceId: '1-a', failed: 1 });
    expect(view?.matchedRules).toEqual(['Matching']);
    expect(view?.rules.map(({ logicalId, verdict }) => [logicalId, verdict])).toEqual([
      ['Matching', 'matched'],
      ['Off', 'disabled'],
      ['Other', 'pattern'],
      ['Elsewhere', 'bus'],
    ]);
    expect(view?.rules.map(({ deliveries }) => deliveries.length)).toEqual([1, 0, 0, 0]);
    expect(view?.rules[2]?.mismatches).toEqual([{ path: 'source', expected: ['other'], actual: 'app' }]);
    expect(store.version).toBe(3);
  });

  it('keeps the latest 1,000 events, newest first', () => {
    const store = new EventStore();
    for (let i = 1; i <= 1001; i += 1) store.add(event(String(i)), 'bus', {});
    store.add(event('1001'), 'unknown', {});
    const keys = store.list(app).map(({ key }) => key);
    expect([keys.length, keys[0], keys.at(-1)]).toEqual([1000, '1001@unknown', '3@bus']);
    expect(store.find('1@bus', app)).toBeUndefined();
    expect(store.find('1001@unknown', app)).toMatchObject({ hasBus: false, matchedRules: [] });
  });

  it('describes each event in the list by its detail', () => {
    const store = new EventStore();
    for (const id of ['1', '2']) store.add(event(id, { detail: { version: 1, room: id } }), 'bus', {});
    expect(store.list(app)).toMatchObject([
      { detailType: 'T', summary: 'room=2', text: 'version=1 room=2' },
      { detailType: 'T', summary: 'room=1', text: 'version=1 room=1' },
    ]);
  });

  it('keeps at most 8 MB of events, but always keeps the latest event', () => {
    const store = new EventStore();
    const detail = { text: 'x'.repeat(5 * 1024 * 1024) };
    store.add(event('1', { detail }), 'default', {});
    store.add(event('2', { detail }), 'default', {});
    expect(store.list(app).map(({ key, bus }) => [key, bus])).toEqual([['2@default', 'default']]);
    expect(store.find('2@default', app)?.hasBus).toBe(true);
  });
});
