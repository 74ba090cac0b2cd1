import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Series } from '../../local/src/records/metrics';
import { guestSecret, Line } from '../support/chatter';
import { Client, eventually } from '../support/client';
import { METRICS, NAMESPACE } from '../support/metrics';
import { describeLocally, type Stack, startStack } from '../support/stack';

/** What the stack measures is measured here by what provokes it: each metric, with its dimensions. */
describeLocally('the metrics', 'record of its metrics: it tells CloudWatch', () => {
  let stack: Stack;
  let ada: Line;
  let room: string;

  beforeAll(async () => {
    stack = await startStack([
      '--parameter-overrides',
      'NoticeThreshold=0',
      'MessageBurst=100',
      'DebugShare=1',
    ]);
    ada = await Line.open(stack.wsUrl);
    room = (await ada.request('createRoom')).room;
  });
  afterEach(() => stack.clearFaults());
  afterAll(() => stack.kill());

  const all = async (): Promise<Series[]> => {
    const series = (await (await fetch(`${stack.httpUrl}/_local/metrics`)).json()) as Series[];
    return series.filter(({ namespace }) => namespace === NAMESPACE);
  };
  const sumOf = async (name: string, dimensions: Record<string, string> = {}): Promise<number> =>
    (await all())
      .filter((series) => series.name === name)
      .filter((series) =>
        Object.entries(dimensions).every(([key, value]) => series.dimensions[key] === value),
      )
      .reduce((sum, series) => sum + series.sum, 0);
  /** By how much the metric grows through `work`; waits until it has. */
  const growth = async (name: string, work: () => Promise<unknown>, dimensions?: Record<string, string>) => {
    const before = await sumOf(name, dimensions);
    await work();
    return eventually(async () => (await sumOf(name, dimensions)) - before);
  };
  const say = (clientMsgId: string = randomUUID()) =>
    ada.request('sendmessage', { room, text: 'hello', clientMsgId });
  const failing = (match?: string) => ({ service: 'execute-api', kind: 'fail' as const, match });

  it('count connections that open, and those that close by themselves', async () => {
    let line: Line | undefined;
    const open = async () => {
      line = await Line.open(stack.wsUrl);
    };
    expect(await growth('ConnectionsOpened', open)).toBe(1);
    expect(await growth('ConnectionsClosed', async () => line?.drop(), { reason: 'disconnect' })).toBe(1);
  });

  it('count messages once, and those that are sent again', async () => {
    const clientMsgId = randomUUID();
    expect(await growth('MessagesAccepted', () => say(clientMsgId))).toBe(1);
    expect(await growth('MessagesDeduplicated', () => say(clientMsgId))).toBe(1);
  });

  it('count lost races for a place', async () => {
    const race = async () => {
      const fields = { CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }] };
      const error = 'TransactionCanceledException';
      await stack.addFault({
        ...{ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail' },
        ...{ error, status: 400, fields, times: 1 },
      });
      expect(await say()).toMatchObject({ type: 'ack' });
    };
    expect(await growth('LostRaces', race)).toBe(1);
  });

  it('count broadcasts', async () => {
    const broadcast = () =>
      fetch(`${stack.httpUrl}/broadcastmessage`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${stack.broadcastKey}` },
        body: '{"message":"hello, everyone!"}',
      });
    expect(await growth('BroadcastsAccepted', broadcast)).toBe(1);
  });

  it('count refusals by route and problem', async () => {
    const refused = () => ada.request('sendmessage', { room: '100000000', text: 'hello' });
    expect(await growth('Refused', refused, { route: 'sendmessage', problem: 'unknown-room' })).toBe(1);
  });

  it('count failures of ours', async () => {
    const failed = async () => {
      await stack.addFault({ service: 'dynamodb', action: 'BatchGetItem', kind: 'fail' });
      expect(await say()).toMatchObject({ problem: { status: 503 } });
      await stack.clearFaults();
    };
    expect(await growth('Failures', failed)).toBe(1);
    expect(await sumOf('Refused', { problem: 'unavailable' })).toBeGreaterThan(0);
  });

  it('count recipients and deliveries, and measure from accepted to posted', async () => {
    const bob = await Line.open(stack.wsUrl, guestSecret(), undefined, { room });
    const recipients = await sumOf('Recipients');
    const times = await sumOf('DeliveryTime');
    expect(await growth('Delivered', () => say())).toBe(2);
    expect((await sumOf('Recipients')) - recipients).toBe(2);
    expect((await sumOf('DeliveryTime')) - times).toBeGreaterThan(0);
    bob.drop();
  });

  it('count sockets that are throttled to the end, and posts that fail', async () => {
    const bob = await Client.open(stack.wsUrl, { query: { room } });
    const match = (await bob.connectionId()) as string;
    const throttled = async () => {
      await stack.addFault({ ...failing(match), error: 'LimitExceededException', status: 429 });
      await say();
    };
    expect(await growth('Throttled', throttled)).toBe(1);
    await stack.clearFaults();
    const undelivered = async () => {
      await stack.addFault(failing(match));
      await say();
    };
    expect(await growth('Undelivered', undelivered)).toBe(1);
    await stack.clearFaults();
    await bob.close();
  });

  it('count connections that posts find gone', async () => {
    const bob = await Client.open(stack.wsUrl, { query: { room } });
    const connectionId = (await bob.connectionId()) as string;
    for (const row of [room, '@everyone']) {
      await stack.tables.send(
        new UpdateCommand({
          TableName: stack.tableNames.ConnectionsTable,
          Key: { connectionId, room: row },
          UpdateExpression: 'SET joinedAt = joinedAt - :minute',
          ExpressionAttributeValues: { ':minute': 60_000 },
        }),
      );
    }
    await stack.drop(connectionId);
    const closed = await sumOf('ConnectionsClosed', { reason: 'gone' });
    expect(await growth('Gone', () => say())).toBe(1);
    await eventually(async () => (await sumOf('ConnectionsClosed', { reason: 'gone' })) > closed);
  });

  it('count cold starts by function', async () => {
    const begun = async () => (await all()).filter(({ name }) => name === 'ColdStart');
    await eventually(async () => (await begun()).length > 0);
    const functions = (await begun()).map(({ dimensions }) => dimensions.function_name);
    expect(functions).toContainEqual(expect.stringContaining('ConnectFunction'));
  });

  it('are those that are known, under the name of the stack', async () => {
    for (const { name, dimensions } of await all()) {
      expect([name, Object.keys(dimensions).sort()]).toEqual([name, METRICS[name]]);
      expect(dimensions.service).toBe('local');
    }
  });

  it('come with logs that say more for a share of invocations, but never what was said', async () => {
    const text = `nobody logs ${randomUUID()}`;
    await ada.request('sendmessage', { room, text });
    const debugged = (message: string) =>
      stack
        .output()
        .split('\n')
        .filter((line) => line.includes('DEBUG') && line.includes(message));
    await eventually(async () => debugged('Asked').length > 0 && debugged('Answered').length > 0);
    expect(stack.output()).not.toContain(text);
  });
});
