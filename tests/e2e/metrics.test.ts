import { randomUUID } from 'node:crypto';
import { type MetricSeries, MetricStore } from 'sam-offline/testing';
import { ChatConnection, createGuestSecret } from '../support/chat-clients';
import { Client, eventually } from '../support/client';
import { METRICS, NAMESPACE } from '../support/metrics';
import { itLocally, itWithTables, type Stack, type StackUnderTest, stackUnderTest } from '../support/stack';
import { makeStale } from '../support/stale-connection';

const SWITCH = 'switch to make its services fail';
/** CloudWatch shows what is logged some seconds later. */
const LOGGED_MS = 40_000;

/**
 * What the stack measures is measured here by what provokes it: each metric, with its dimensions. Of a deployed stack they
 * are read from the functions' logs, of which CloudWatch makes them; and there, others may provoke them meanwhile.
 */
describe('the metrics', () => {
  let stack: StackUnderTest;
  let local: Stack;
  let ada: ChatConnection;
  let room: string;

  beforeAll(async () => {
    stack = await stackUnderTest([
      '--parameter-overrides',
      'NoticeThreshold=0',
      'MessageBurst=100',
      'DebugShare=1',
    ]);
    local = stack.local as Stack;
    ada = await ChatConnection.open(stack.wsUrl);
    room = (await ada.request('createRoom')).room;
  });
  afterEach(() => stack.local?.clearFaults());
  afterAll(async () => {
    ada.drop();
    if (stack.local) await stack.local.kill();
    else await stack.stop();
  });

  const recorded = async (): Promise<MetricSeries[]> =>
    (await (await fetch(`${stack.httpUrl}/_local/metrics`)).json()) as MetricSeries[];
  const logged = async (): Promise<MetricSeries[]> => {
    const metrics = new MetricStore();
    for (const line of await stack.logged('CloudWatchMetrics')) metrics.addLogLine(line);
    return metrics.list();
  };
  const all = async (): Promise<MetricSeries[]> => {
    const series = stack.local ? await recorded() : await logged();
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
    return eventually(async () => (await sumOf(name, dimensions)) - before, LOGGED_MS);
  };
  /** So many, where nobody else is. */
  const exactly = (count: number) => (stack.local ? count : expect.any(Number));
  const say = (clientMsgId: string = randomUUID()) =>
    ada.request('sendmessage', { room, text: 'hello', clientMsgId });
  const failing = (match?: string) => ({ service: 'execute-api', kind: 'fail' as const, match });

  itWithTables('count connections that open, and those that close by themselves', async () => {
    let line: ChatConnection | undefined;
    const open = async () => {
      line = await ChatConnection.open(stack.wsUrl);
    };
    expect(await growth('ConnectionsOpened', open)).toEqual(exactly(1));
    expect(await growth('ConnectionsClosed', async () => line?.drop(), { reason: 'disconnect' })).toEqual(
      exactly(1),
    );
  });

  itWithTables('count messages once, and those that are sent again', async () => {
    const clientMsgId = randomUUID();
    expect(await growth('MessagesAccepted', () => say(clientMsgId))).toEqual(exactly(1));
    expect(await growth('MessagesDeduplicated', () => say(clientMsgId))).toEqual(exactly(1));
  });

  itLocally('count lost races for a place', SWITCH, async () => {
    const race = async () => {
      const fields = { CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }] };
      const error = 'TransactionCanceledException';
      await local.addFault({
        ...{ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail' },
        ...{ error, status: 400, fields, times: 1 },
      });
      expect(await say()).toMatchObject({ type: 'ack' });
    };
    expect(await growth('LostRaces', race)).toEqual(exactly(1));
  });

  itWithTables('count broadcasts', async () => {
    const broadcast = () =>
      eventually(async () => {
        const answer = await fetch(`${stack.httpUrl}/broadcastmessage`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${stack.broadcastKey}` },
          body: '{"message":"hello, everyone!"}',
        });
        return answer.status === 202; // its turn may not have come yet
      });
    expect(await growth('BroadcastsAccepted', broadcast)).toEqual(exactly(1));
  });

  itWithTables('count refusals by route and problem', async () => {
    const refused = () => ada.request('sendmessage', { room: '100000000', text: 'hello' });
    expect(await growth('Refused', refused, { route: 'sendmessage', problem: 'unknown-room' })).toEqual(
      exactly(1),
    );
  });

  itLocally('count failures of ours', SWITCH, async () => {
    const failed = async () => {
      await local.addFault({ service: 'dynamodb', action: 'BatchGetItem', kind: 'fail' });
      expect(await say()).toMatchObject({ problem: { status: 503 } });
      await local.clearFaults();
    };
    expect(await growth('Failures', failed)).toEqual(exactly(1));
    expect(await sumOf('Refused', { problem: 'unavailable' })).toBeGreaterThan(0);
  });

  itWithTables('count recipients and deliveries, and measure from accepted to posted', async () => {
    const bob = await ChatConnection.open(stack.wsUrl, createGuestSecret(), undefined, { room });
    const recipients = await sumOf('Recipients');
    const times = await sumOf('DeliveryTime');
    expect(await growth('Delivered', () => say())).toEqual(exactly(2));
    expect(await eventually(async () => (await sumOf('Recipients')) - recipients, LOGGED_MS)).toEqual(
      exactly(2),
    );
    expect((await sumOf('DeliveryTime')) - times).toBeGreaterThan(0);
    bob.drop();
  });

  itLocally('count sockets that are throttled to the end, and posts that fail', SWITCH, async () => {
    const bob = await Client.open(stack.wsUrl, { query: { room } });
    const match = (await bob.connectionId()) as string;
    const throttled = async () => {
      await local.addFault({ ...failing(match), error: 'LimitExceededException', status: 429 });
      await say();
    };
    expect(await growth('Throttled', throttled)).toEqual(exactly(1));
    await local.clearFaults();
    const undelivered = async () => {
      await local.addFault(failing(match));
      await say();
    };
    expect(await growth('Undelivered', undelivered)).toEqual(exactly(1));
    await local.clearFaults();
    await bob.close();
  });

  itWithTables('count connections that posts find gone', async () => {
    const bob = await Client.open(stack.wsUrl, { query: { room } });
    const connectionId = (await bob.connectionId()) as string;
    await makeStale(stack, bob, connectionId, room);
    const closed = await sumOf('ConnectionsClosed', { reason: 'gone' });
    expect(await growth('Gone', () => say())).toEqual(exactly(1));
    await eventually(async () => (await sumOf('ConnectionsClosed', { reason: 'gone' })) > closed);
  });

  itLocally('count cold starts by function', 'start of its functions that surely comes', async () => {
    const begun = async () => (await all()).filter(({ name }) => name === 'ColdStart');
    await eventually(async () => (await begun()).length > 0);
    const functions = (await begun()).map(({ dimensions }) => dimensions.function_name);
    expect(functions).toContainEqual(expect.stringContaining('ConnectFunction'));
  });

  itWithTables('are those that are known, under the name of the stack', async () => {
    for (const { name, dimensions } of await all()) {
      expect([name, Object.keys(dimensions).sort()]).toEqual([name, METRICS[name]]);
      expect(dimensions.service).toBe(stack.local ? 'local' : process.env.STACK_NAME);
    }
  });

  itLocally(
    'come with logs that say more for a share of invocations, but never what was said',
    'share of invocations that surely logs more (DebugShare=1)',
    async () => {
      const text = `nobody logs ${randomUUID()}`;
      await ada.request('sendmessage', { room, text });
      const debugged = (message: string) =>
        local
          .output()
          .split('\n')
          .filter((line) => line.includes('DEBUG') && line.includes(message));
      await eventually(
        async () => debugged('Received a frame').length > 0 && debugged('Sending a reply').length > 0,
      );
      expect(local.output()).not.toContain(text);
    },
  );
});
