import { type Client, eventually } from '../support/client';
import { createClientPool, sendRequest } from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest } from '../support/stack';
import { makeStale } from '../support/stale-connection';

let stack: StackUnderTest;
const { open, closeAll } = createClientPool(() => stack.wsUrl);

beforeAll(async () => {
  stack = await stackUnderTest();
});
afterEach(closeAll);
afterAll(() => stack.stop());

/** Plain connections, in a room of their own. */
describe('a connection that is gone', () => {
  const rowsOf = async (connectionId: string) =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);

  const roomWith = async (others: number) => {
    const ada = await open();
    const room: string = (await sendRequest(ada, { action: 'createRoom' })).room;
    const clients: Client[] = [];
    while (clients.length < others) clients.push(await open({ query: { room } }));
    return { ada, room, clients };
  };

  /** A row in a room of a connection that never was. */
  const row = (connectionId: string, room: string, times: { joinedAt: number; expiresAt?: number }) => ({
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

  const executions = async () => ((await stack.local?.executions()) ?? []).map(({ status }) => status);

  /** Says something, and waits until it has been delivered: to the speaker, and where that can be seen, to all. */
  const say = async (ada: Client, message: string) => {
    const before = (await executions()).length;
    ada.send({ action: 'sendmessage', message });
    await ada.next((frame) => frame === message);
    if (stack.local) await eventually(async () => (await executions()).length > before);
  };

  itWithTables(
    'is found by the next message: its rows go, its session ends, the others hear, the sender sees no error',
    async () => {
      const { ada, room, clients } = await roomWith(2);
      const [bob, lost] = clients as [Client, Client];
      const connectionId = await lost.connectionId();
      await makeStale(stack, lost, connectionId, room);
      expect(await rowsOf(connectionId)).toHaveLength(2);
      const heardBefore = ada.frames.length;

      ada.send({ action: 'sendmessage', message: 'anyone?' });
      for (const client of [bob, ada]) await client.next((frame) => frame === 'anyone?');

      await eventually(async () => (await rowsOf(connectionId)).length === 0);
      const session = await eventually(async () =>
        (await stack.scan('ChatTable')).find(
          (item) => item.connectionId === connectionId && item.disconnectTime,
        ),
      );
      expect(session.disconnectTime).toEqual(expect.any(Number));
      expect(ada.frames.slice(heardBefore)).toEqual(['anyone?']);
      expect((await executions()).filter((status) => status !== 'SUCCEEDED')).toEqual([]);
    },
  );

  itWithTables('is not a young one: a row whose socket is not open yet stays', async () => {
    const { ada, room } = await roomWith(0);
    // Young for as long as the test may take; the old one shows, on any stack, that the workflow has come by.
    const young = row('AAAAAAAAAAAAAAA=', room, { joinedAt: Date.now() + 60_000 });
    const old = row('BBBBBBBBBBBBBBB=', room, { joinedAt: Date.now() - 60_000 });
    await stack.put('ConnectionsTable', young);
    await stack.put('ConnectionsTable', old);
    await say(ada, 'hello');
    await eventually(async () => (await rowsOf(old.connectionId)).length === 0);
    expect(await rowsOf(young.connectionId)).toEqual([young]);

    await stack.put('ConnectionsTable', { ...young, joinedAt: old.joinedAt });
    await say(ada, 'hello again');
    await eventually(async () => (await rowsOf(young.connectionId)).length === 0);
  });

  itWithTables('is not met again once its row has expired, although TTL has not deleted it yet', async () => {
    const { ada, room } = await roomWith(0);
    const joinedAt = Date.now() - 60_000;
    const expired = row('CCCCCCCCCCCCCCC=', room, { joinedAt, expiresAt: Math.floor(Date.now() / 1000) - 1 });
    const old = row('DDDDDDDDDDDDDDD=', room, { joinedAt });
    await stack.put('ConnectionsTable', expired);
    await stack.put('ConnectionsTable', old);
    await say(ada, 'hello');
    await eventually(async () => (await rowsOf(old.connectionId)).length === 0);
    expect(await rowsOf(expired.connectionId)).toEqual([expired]);
    await stack.remove('ConnectionsTable', { connectionId: expired.connectionId, room });
  });
});

describe('a connection whose record is lost', () => {
  itWithTables('is told unauthenticated, whatever it asks', async () => {
    const lost = await open({ protocols: ['roomcast.v1'], query: { room: 'lobby' } });
    const { you } = await sendRequest(lost, { action: 'ping' });
    const rows = await stack.scan('ConnectionsTable');
    const record = rows.find(({ userId, room }) => userId === you.userId && room === '@everyone');
    await stack.remove('ConnectionsTable', { connectionId: record?.connectionId, room: '@everyone' });
    const actions = ['sendmessage', 'createRoom', 'joinRoom', 'leaveRoom', 'history', 'members', 'ping'];
    for (const action of actions) {
      const reply = await sendRequest(lost, { action, room: 'lobby', text: 'hello' });
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
