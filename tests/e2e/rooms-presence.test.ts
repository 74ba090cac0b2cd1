import { randomBytes } from 'node:crypto';
import { eventually } from '../support/client';
import { ask, framesOf, heard, opener, say, settled } from '../support/conversation';
import { lose } from '../support/gone';
import { itWithTables, type StackUnderTest, stackUnderTest, withTables } from '../support/stack';

const v1 = { protocols: ['roomcast.v1'] };

/** Who counts as a member: people, not connections. */
describe('presence in a room', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = opener(() => stack.wsUrl);

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  const roomOf = async (name: string) => {
    const ada = await open(v1);
    const { room } = await ask(ada, { action: 'createRoom', username: name });
    await settled(ada, room, 1);
    return { ada, room: room as string };
  };

  const rowsIn = async (room: string, userId: string) =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.room === room && row.userId === userId);

  it('counts three tabs of one guest as one member, from the first to the last', async () => {
    const { ada, room } = await roomOf('Ada');
    const guest = `guest.${randomBytes(24).toString('base64url')}`;
    const tabs = [];
    for (let tab = 0; tab < 3; tab += 1) {
      const client = await open({ protocols: ['roomcast.v1', guest] });
      const joined = await ask(client, { action: 'joinRoom', room, username: 'Bob' });
      expect(joined.memberCount).toBe(2);
      tabs.push({ client, userId: joined.you.userId as string });
    }
    const [first, second, third] = tabs as [(typeof tabs)[0], (typeof tabs)[0], (typeof tabs)[0]];
    expect(new Set(tabs.map(({ userId }) => userId)).size).toBe(1);
    const of = (type: string) => framesOf(ada, type).filter(({ member }) => member.userId === first.userId);

    await eventually(async () => of('memberJoined').length > 0);
    await settled(ada, room, 2);
    await say(ada, room, 'after three joins'); // a second push would have come before this one
    await heard(ada, 'message', 1);
    expect(of('memberJoined')).toMatchObject([{ memberCount: 2 }]);

    await ask(first.client, { action: 'leaveRoom', room });
    await second.client.close();
    if (withTables) await eventually(async () => (await rowsIn(room, first.userId)).length === 1);
    await say(ada, room, 'after one left and one went');
    await heard(ada, 'message', 2);
    expect(of('memberLeft')).toEqual([]);
    expect(await ask(ada, { action: 'members', room })).toMatchObject({
      memberCount: 2,
      members: expect.arrayContaining([expect.objectContaining({ userId: first.userId })]),
    });

    await third.client.close();
    await eventually(async () => of('memberLeft').length > 0);
    expect(of('memberLeft')).toMatchObject([{ room, memberCount: 1, member: { username: 'Bob' } }]);
  });

  it('does not count one connection twice that joins twice', async () => {
    const { ada, room } = await roomOf('Ada');
    const bob = await open(v1);
    for (let time = 0; time < 2; time += 1) {
      expect(await ask(bob, { action: 'joinRoom', room })).toMatchObject({ memberCount: 2 });
    }
    await ask(bob, { action: 'leaveRoom', room });
    expect(await heard(ada, 'memberLeft', 1)).toMatchObject([{ memberCount: 1 }]);
  });

  it('counts a member again that left and came back', async () => {
    const { ada, room } = await roomOf('Ada');
    const bob = await open(v1);
    const counts = [];
    for (const action of ['joinRoom', 'leaveRoom', 'joinRoom']) {
      await ask(bob, { action, room });
      counts.push((await ask(ada, { action: 'members', room })).memberCount);
    }
    expect(counts).toEqual([2, 1, 2]);
  });

  itWithTables(
    'tells that a member left whose socket went without $disconnect, with the next message',
    async () => {
      const { ada, room } = await roomOf('Ada');
      const lost = await open(v1);
      const { you } = await ask(lost, { action: 'joinRoom', room, username: 'Lost' });
      await settled(ada, room, 2);
      const [row] = await rowsIn(room, you.userId);
      const connectionId = row?.connectionId as string;
      await lose(stack, lost, connectionId, room);
      expect(await rowsIn(room, you.userId)).toHaveLength(1);
      // Of a deployed stack, whose $disconnect came after all and was undone.
      if (!stack.local) await heard(ada, 'memberLeft', 1);
      const before = framesOf(ada, 'memberLeft').length;

      await say(ada, room, 'anyone?');
      expect((await heard(ada, 'memberLeft', before + 1)).slice(before)).toMatchObject([
        { room, member: you, memberCount: 1 },
      ]);
      const rows = async () =>
        (await stack.scan('ConnectionsTable')).filter((item) => item.connectionId === connectionId);
      await eventually(async () => (await rows()).length === 0);
      expect(await ask(ada, { action: 'members', room })).toMatchObject({ memberCount: 1 });
    },
  );
});
