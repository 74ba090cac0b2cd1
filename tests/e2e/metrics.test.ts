import { randomUUID } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type MetricSeries, MetricStore } from 'sam-offline/testing';
import { ChatConnection, createGuestSecret } from '../../testbed/chat-clients';
import { Client, eventually } from '../../testbed/client';
import type { Stack } from '../../testbed/stack';
import { broadcast } from '../support/conversation';
import { METRICS, NAMESPACE } from '../support/metrics';
import { itLocally, itWithTables, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';
import { makeStale } from '../support/stale-connection';

const SWITCH = 'switch to inject faults';
/** Logs appear in CloudWatch after several seconds. */
const LOG_TIMEOUT_MS = 40_000;

/**
 * Produces each metric and checks its value and dimensions. For a deployed stack, the tests read the metrics from the
 * functions' logs. Other users of the stack may change the metrics concurrently.
 */
describe('metrics: the application', () => {
  let stack: StackUnderTest;
  let local: Stack;
  let ada: ChatConnection;
  let room: string;

  beforeAll(async () => {
    stack = await stackUnderTest([], { NoticeThreshold: 0, MessageBurst: 100, DebugShare: 1 });
    local = stack.local as Stack;
    ada = await ChatConnection.open(stack.wsUrl);
    room = (await ada.request('createRoom')).room;
  });
  // Each test counts one event.
  beforeEach(() => stack.local?.disableRandomFaults());
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
  const seriesOf = async (name: string, dimensions: Record<string, string> = {}): Promise<MetricSeries[]> =>
    (await all())
      .filter((series) => series.name === name)
      .filter((series) =>
        Object.entries(dimensions).every(([key, value]) => series.dimensions[key] === value),
      );
  const sumOf = async (name: string, dimensions?: Record<string, string>): Promise<number> =>
    (await seriesOf(name, dimensions)).reduce((sum, series) => sum + series.sum, 0);
  /** Runs `work`, waits until the metric increases, and returns the increase. */
  const measureIncrease = async (
    name: string,
    work: () => Promise<unknown>,
    dimensions?: Record<string, string>,
  ) => {
    const before = await sumOf(name, dimensions);
    await work();
    return eventually(async () => (await sumOf(name, dimensions)) - before, LOG_TIMEOUT_MS);
  };
  /** Expects the exact count on the local runtime. Expects any number on a deployed stack, because others may use it. */
  const expectedCount = (count: number) => (stack.local ? count : expect.any(Number));
  const sendMessage = (clientMsgId: string = randomUUID()) =>
    ada.request('sendmessage', { room, text: 'hello', clientMsgId });
  const failing = (match?: string) => ({ service: 'execute-api', kind: 'fail' as const, match });

  itWithTables('counts opened and closed connections', async () => {
    let connection: ChatConnection | undefined;
    const open = async () => {
      connection = await ChatConnection.open(stack.wsUrl);
    };
    expect(await measureIncrease('ConnectionsOpened', open)).toEqual(expectedCount(1));
    expect(
      await measureIncrease('ConnectionsClosed', async () => connection?.drop(), { reason: 'disconnect' }),
    ).toEqual(expectedCount(1));
  });

  itWithTables('counts accepted messages and duplicates', async () => {
    const clientMsgId = randomUUID();
    expect(await measureIncrease('MessagesAccepted', () => sendMessage(clientMsgId))).toEqual(
      expectedCount(1),
    );
    expect(await measureIncrease('MessagesDeduplicated', () => sendMessage(clientMsgId))).toEqual(
      expectedCount(1),
    );
  });

  itLocally('counts lost races', SWITCH, async () => {
    const race = async () => {
      const taken = { room, messageId: 'other' };
      await local.addFault({
        ...{ service: 'dynamodb', action: 'PutItem', match: 'room#', kind: 'fail', status: 400, times: 1 },
        ...{ error: 'ConditionalCheckFailedException', fields: { Item: marshall(taken) } },
      });
      expect(await sendMessage()).toMatchObject({ type: 'ack' });
    };
    expect(await measureIncrease('LostRaces', race)).toEqual(expectedCount(1));
  });

  itWithTables('counts broadcasts', async () => {
    const send = () => broadcast(stack, 'hello, everyone!');
    expect(await measureIncrease('BroadcastsAccepted', send)).toEqual(expectedCount(1));
  });

  itWithTables('counts rejections by route and problem', async () => {
    const reject = () => ada.request('sendmessage', { room: '100000000', text: 'hello' });
    expect(
      await measureIncrease('Refused', reject, { route: 'sendmessage', problem: 'unknown-room' }),
    ).toEqual(expectedCount(1));
  });

  itLocally('counts server errors', SWITCH, async () => {
    const fail = async () => {
      await local.addFault({ service: 'dynamodb', action: 'BatchGetItem', kind: 'fail' });
      expect(await sendMessage()).toMatchObject({ problem: { status: 503 } });
      await local.clearFaults();
    };
    expect(await measureIncrease('Failures', fail)).toEqual(expectedCount(1));
    expect(await sumOf('Refused', { problem: 'unavailable' })).toBeGreaterThan(0);
  });

  itWithTables('counts recipients and deliveries, and records the delivery time', async () => {
    const bob = await ChatConnection.open(stack.wsUrl, createGuestSecret(), undefined, { room });
    await waitForIndex(stack);
    const recipients = await sumOf('Recipients');
    const countTimes = async () =>
      (await seriesOf('DeliveryTime')).reduce((count, { samples }) => count + samples, 0);
    const times = await countTimes();
    expect(await measureIncrease('Delivered', () => sendMessage())).toEqual(expectedCount(2));
    expect(await eventually(async () => (await sumOf('Recipients')) - recipients, LOG_TIMEOUT_MS)).toEqual(
      expectedCount(2),
    );
    expect(await countTimes()).toBeGreaterThan(times);
    for (const { minimum } of await seriesOf('DeliveryTime')) expect(minimum).toBeGreaterThanOrEqual(0);
    bob.drop();
  });

  itLocally('counts posts that are throttled after all retries and posts that fail', SWITCH, async () => {
    const bob = await Client.open(stack.wsUrl, { query: { room } });
    const match = (await bob.connectionId()) as string;
    await waitForIndex(stack);
    const throttle = async () => {
      await local.addFault({ ...failing(match), error: 'LimitExceededException', status: 429 });
      await sendMessage();
    };
    expect(await measureIncrease('Throttled', throttle)).toEqual(expectedCount(1));
    await local.clearFaults();
    const failPost = async () => {
      await local.addFault(failing(match));
      await sendMessage();
    };
    expect(await measureIncrease('Undelivered', failPost)).toEqual(expectedCount(1));
    await local.clearFaults();
    await bob.close();
  });

  itWithTables('counts stale connections', async () => {
    const bob = await Client.open(stack.wsUrl, { query: { room } });
    const connectionId = (await bob.connectionId()) as string;
    await makeStale(stack, bob, connectionId, room);
    await waitForIndex(stack);
    const closed = await sumOf('ConnectionsClosed', { reason: 'gone' });
    const gone = await measureIncrease('Gone', () => sendMessage());
    // If the index still lists the connection, the fan-out of the memberLeft notice counts it again.
    expect(gone).toBeGreaterThanOrEqual(1);
    if (stack.local) expect(gone).toBeLessThanOrEqual(2);
    await eventually(async () => (await sumOf('ConnectionsClosed', { reason: 'gone' })) > closed);
  });

  itLocally('counts cold starts by function', 'guaranteed cold start', async () => {
    const listColdStarts = async () => (await all()).filter(({ name }) => name === 'ColdStart');
    await eventually(async () => (await listColdStarts()).length > 0);
    const functions = (await listColdStarts()).map(({ dimensions }) => dimensions.function_name);
    expect(functions).toContainEqual(expect.stringContaining('ConnectFunction'));
  });

  itWithTables('records only documented names and dimensions', async () => {
    const recordedSeries = await all();
    expect(recordedSeries).not.toEqual([]);
    for (const { name, dimensions } of recordedSeries) {
      expect([name, Object.keys(dimensions).sort()]).toEqual([name, METRICS[name]]);
      expect(dimensions.service).toBe(stack.local ? 'local' : process.env.STACK_NAME);
    }
  });

  itLocally(
    'logs debug entries for a share of invocations, without message texts',
    'guaranteed debug logs (DebugShare=1)',
    async () => {
      const text = `not in the logs ${randomUUID()}`;
      await ada.request('sendmessage', { room, text });
      const debugLines = (message: string) =>
        local
          .output()
          .split('\n')
          .filter((line) => line.includes('DEBUG') && line.includes(message));
      await eventually(
        async () => debugLines('Received a frame').length > 0 && debugLines('Sending a reply').length > 0,
      );
      expect(local.output()).not.toContain(text);
    },
  );
});
