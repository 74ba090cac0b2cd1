import { type Client, eventually } from '../../testbed/client';
import { createClientPool, sendRequest } from '../support/conversation';
import {
  itLocallyAtLength,
  itWithTables,
  type StackUnderTest,
  stackUnderTest,
  waitForIndex,
} from '../support/stack';
import { makeStale } from '../support/stale-connection';

/** Entries appear in CloudWatch Logs after a few seconds. */
const LOG_TIMEOUT_MS = 40_000;

let stack: StackUnderTest;
const { open, closeAll } = createClientPool(
  () => stack.wsUrl,
  () => waitForIndex(stack),
);

beforeAll(async () => {
  stack = await stackUnderTest();
});
afterEach(closeAll);
afterAll(() => stack.stop());

describe('stale connections', () => {
  const rowsOf = async (connectionId: string) =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);

  const createRoomWith = async (others: number) => {
    const ada = await open();
    const room: string = (await sendRequest(ada, { action: 'createRoom' })).room;
    const clients: Client[] = [];
    while (clients.length < others) clients.push(await open({ query: { room } }));
    return { ada, room, clients };
  };

  /** A membership row without a connection. */
  const createRow = (
    connectionId: string,
    room: string,
    times: { joinedAt: number; expiresAt?: number },
  ) => ({
    connectionId,
    room,
    roomShard: `${room}#0`,
    memberKey: `g-nobody#${connectionId}`,
    userId: 'g-nobody',
    username: 'Nobody',
    protocol: 'plain',
    expiresAt: Math.floor(Date.now() / 1000) + 3600,
    ...times,
  });

  const listStatuses = async () => ((await stack.local?.executions()) ?? []).map(({ status }) => status);

  /** Compares ARNs instead of counts, because the list contains at most 100 executions. */
  const listArns = async () =>
    ((await stack.local?.executions()) ?? []).map(({ executionArn }) => executionArn);

  /** Sends a message and waits until the sender receives it. On the local runtime, also waits for the execution. */
  const sendAndWait = async (ada: Client, message: string) => {
    await waitForIndex(stack);
    const before = await listArns();
    ada.send({ action: 'sendmessage', message });
    await ada.next((frame) => frame === message);
    if (stack.local) await eventually(async () => (await listArns()).some((arn) => !before.includes(arn)));
  };

  itLocallyAtLength(
    'keeps the rows of a connection whose $connect takes longer than ten seconds',
    'faults',
    async () => {
      const { ada, room } = await createRoomWith(0);
      await sendAndWait(ada, 'before $connect'); // starts the execution environments, which takes long under load
      const username = 'Slow';
      // The SDK times out after three seconds and retries the call, which takes about 15 seconds in total.
      const stall = {
        service: 'dynamodb',
        kind: 'latency',
        match: username,
        medianMs: 3500,
        times: 2,
      } as const;
      for (const action of ['TransactWriteItems', 'UpdateItem'])
        await stack.local?.addFault({ ...stall, action });
      await stack.local?.addFault({ ...stall, match: `count#${room}`, medianMs: 2900, times: 1 });
      let isOpen = false;
      const opening = open({ query: { room, username } }).then((client) => {
        isOpen = true;
        return client;
      });
      const findRow = async () =>
        (await stack.scan('ConnectionsTable')).find((row) => row.room === room && row.username === username);
      await eventually(async () => Number((await findRow())?.joinedAt) < Date.now() - 10_000);
      await sendAndWait(ada, 'during $connect');
      expect(isOpen).toBe(false);

      const slow = await opening;
      expect(await findRow()).toBeDefined();
      await sendAndWait(ada, 'after $connect');
      await slow.next((frame) => frame === 'after $connect');
      await stack.local?.clearFaults();
    },
  );

  itWithTables('deletes their rows after the next message, and delivers it to other members', async () => {
    const { ada, room, clients } = await createRoomWith(2);
    const [bob, stale] = clients as [Client, Client];
    const connectionId = await stale.connectionId();
    await makeStale(stack, stale, connectionId, room);
    expect(await rowsOf(connectionId)).toHaveLength(2);
    const framesBefore = ada.frames.length;
    await waitForIndex(stack);

    ada.send({ action: 'sendmessage', message: 'anyone?' });
    for (const client of [bob, ada]) await client.next((frame) => frame === 'anyone?');

    await eventually(async () => (await rowsOf(connectionId)).length === 0);
    const session = await eventually(async () =>
      (await stack.scan('ChatTable')).find(
        (item) => item.connectionId === connectionId && item.disconnectTime,
      ),
    );
    expect(session.disconnectTime).toEqual(expect.any(Number));
    // The message may arrive twice.
    expect(new Set(ada.frames.slice(framesBefore))).toEqual(new Set(['anyone?']));
    expect((await listStatuses()).filter((status) => status !== 'SUCCEEDED')).toEqual([]);
  });

  itWithTables(
    'keeps their rows for 30 seconds after the join, because the handshake may be in progress',
    async () => {
      const { ada, room } = await createRoomWith(0);
      // The young row is less than 30 seconds old for the whole test. The deletion of the old row proves that the workflow has
      // run.
      const young = createRow('AAAAAAAAAAAAAAA=', room, { joinedAt: Date.now() + 60_000 });
      const old = createRow('BBBBBBBBBBBBBBB=', room, { joinedAt: Date.now() - 60_000 });
      await stack.put('ConnectionsTable', young);
      await stack.put('ConnectionsTable', old);
      await sendAndWait(ada, 'hello');
      await eventually(async () => (await rowsOf(old.connectionId)).length === 0);
      expect(await rowsOf(young.connectionId)).toEqual([young]);

      await stack.put('ConnectionsTable', { ...young, joinedAt: old.joinedAt });
      await sendAndWait(ada, 'hello again');
      await eventually(async () => (await rowsOf(young.connectionId)).length === 0);
    },
  );

  itWithTables('ignores expired rows, even before TTL deletes them', async () => {
    const { ada, room } = await createRoomWith(0);
    const joinedAt = Date.now() - 60_000;
    const expired = createRow('CCCCCCCCCCCCCCC=', room, {
      joinedAt,
      expiresAt: Math.floor(Date.now() / 1000) - 1,
    });
    const old = createRow('DDDDDDDDDDDDDDD=', room, { joinedAt });
    await stack.put('ConnectionsTable', expired);
    await stack.put('ConnectionsTable', old);
    await sendAndWait(ada, 'hello');
    await eventually(async () => (await rowsOf(old.connectionId)).length === 0);
    // TTL can delete the expired row at any time, so its absence proves nothing. Checks the logs instead, because the clean-up
    // of a stale connection is logged.
    await eventually(async () => (await stack.logged(old.connectionId)).length > 0, LOG_TIMEOUT_MS);
    expect(await stack.logged(expired.connectionId)).toEqual([]);
    await stack.remove('ConnectionsTable', { connectionId: expired.connectionId, room });
  });
});

describe('a connection without a connection record', () => {
  itWithTables('returns unauthenticated for every request', async () => {
    const actions = ['sendmessage', 'createRoom', 'joinRoom', 'leaveRoom', 'history', 'members', 'ping'];
    // Each action needs a new connection, because the server closes the connection after the reply.
    for (const action of actions) {
      const client = await open({ protocols: ['roomcast.v1'], query: { room: 'lobby' } });
      const { you } = await sendRequest(client, { action: 'ping' });
      const rows = await stack.scan('ConnectionsTable');
      const record = rows.find(({ userId, room }) => userId === you.userId && room === '@everyone');
      await stack.remove('ConnectionsTable', { connectionId: record?.connectionId, room: '@everyone' });
      const reply = await sendRequest(client, { action, room: 'lobby', text: 'hello' });
      expect([action, reply]).toEqual([
        action,
        {
          type: 'error',
          problem: {
            type: 'urn:roomcast:unauthenticated',
            title: expect.any(String),
            status: 401,
            detail: expect.any(String),
            temporary: false,
          },
        },
      ]);
    }
  });
});
