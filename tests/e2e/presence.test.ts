import { randomBytes } from 'node:crypto';
import { eventually } from '../../testbed/client';
import {
  createClientPool,
  jsonFrames,
  sendMessage,
  sendRequest,
  waitForMembers,
  waitForPushes,
} from '../support/conversation';
import {
  itWithTables,
  type StackUnderTest,
  stackUnderTest,
  waitForIndex,
  withTables,
} from '../support/stack';
import { makeStale } from '../support/stale-connection';

const v1 = { protocols: ['roomcast.v1'] };

/** A user with several connections is one member. */
describe('presence', () => {
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

  const createRoom = async (username: string) => {
    const ada = await open(v1);
    const { room } = await sendRequest(ada, { action: 'createRoom', username });
    await waitForMembers(ada, room, 1);
    return { ada, room: room as string };
  };

  const rowsIn = async (room: string, userId: string) =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.room === room && row.userId === userId);

  it('counts several connections of a guest as one member, until the last one closes', async () => {
    const { ada, room } = await createRoom('Ada');
    const guest = `guest.${randomBytes(24).toString('base64url')}`;
    const tabs = [];
    for (let tab = 0; tab < 3; tab += 1) {
      const client = await open({ protocols: ['roomcast.v1', guest] });
      const joined = await sendRequest(client, { action: 'joinRoom', room, username: 'Bob' });
      expect(joined.memberCount).toBe(2);
      tabs.push({ client, userId: joined.you.userId as string });
    }
    const [first, second, third] = tabs as [(typeof tabs)[0], (typeof tabs)[0], (typeof tabs)[0]];
    expect(new Set(tabs.map(({ userId }) => userId)).size).toBe(1);
    const noticesAbout = (type: string) =>
      jsonFrames(ada, type).filter(({ member }) => member.userId === first.userId);

    await eventually(async () => noticesAbout('memberJoined').length > 0);
    await waitForMembers(ada, room, 2);
    await sendMessage(ada, room, 'after three joins'); // an unwanted second notice would arrive before this message
    await waitForPushes(ada, 'message', 1);
    expect(noticesAbout('memberJoined')).toMatchObject([{ memberCount: 2 }]);

    await sendRequest(first.client, { action: 'leaveRoom', room });
    await second.client.close();
    if (withTables) await eventually(async () => (await rowsIn(room, first.userId)).length === 1);
    await sendMessage(ada, room, 'after two of three left');
    await waitForPushes(ada, 'message', 2);
    expect(noticesAbout('memberLeft')).toEqual([]);
    expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({
      memberCount: 2,
      members: expect.arrayContaining([expect.objectContaining({ userId: first.userId })]),
    });

    await third.client.close();
    await eventually(async () => noticesAbout('memberLeft').length > 0);
    expect(noticesAbout('memberLeft')).toMatchObject([{ room, memberCount: 1, member: { username: 'Bob' } }]);
  });

  it('counts a connection once even if it joins twice', async () => {
    const { ada, room } = await createRoom('Ada');
    const bob = await open(v1);
    for (let time = 0; time < 2; time += 1) {
      expect(await sendRequest(bob, { action: 'joinRoom', room })).toMatchObject({ memberCount: 2 });
    }
    await sendRequest(bob, { action: 'leaveRoom', room });
    expect(await waitForPushes(ada, 'memberLeft', 1)).toMatchObject([{ memberCount: 1 }]);
  });

  it('counts a member who rejoins', async () => {
    const { ada, room } = await createRoom('Ada');
    const bob = await open(v1);
    const counts = [];
    for (const action of ['joinRoom', 'leaveRoom', 'joinRoom']) {
      await sendRequest(bob, { action, room });
      counts.push((await sendRequest(ada, { action: 'members', room })).memberCount);
    }
    expect(counts).toEqual([2, 1, 2]);
  });

  itWithTables('sends memberLeft for the user of a stale connection after the next message', async () => {
    const { ada, room } = await createRoom('Ada');
    const stale = await open(v1);
    const { you } = await sendRequest(stale, { action: 'joinRoom', room, username: 'Stale' });
    await waitForMembers(ada, room, 2);
    const [row] = await rowsIn(room, you.userId);
    const connectionId = row?.connectionId as string;
    await makeStale(stack, stale, connectionId, room);
    expect(await rowsIn(room, you.userId)).toHaveLength(1);
    // On a deployed stack, $disconnect has also sent a notice.
    if (!stack.local) await waitForPushes(ada, 'memberLeft', 1);
    const before = jsonFrames(ada, 'memberLeft').length;

    await sendMessage(ada, room, 'hello');
    expect((await waitForPushes(ada, 'memberLeft', before + 1)).slice(before)).toMatchObject([
      { room, member: you, memberCount: 1 },
    ]);
    const rows = async () =>
      (await stack.scan('ConnectionsTable')).filter((item) => item.connectionId === connectionId);
    await eventually(async () => (await rows()).length === 0);
    expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({ memberCount: 1 });
  });
});
