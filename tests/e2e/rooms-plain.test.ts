import { randomUUID } from 'node:crypto';
import { type Client, eventually } from '../../testbed/client';
import {
  createClientPool,
  jsonFrames,
  randomRoomNumber,
  sendRequest,
  sendUntilReceived,
} from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

/**
 * Covers the room actions in the plain mode table. Every text is unique, because other clients may use the lobby of a deployed
 * stack.
 */
describe('rooms in plain mode', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  /** Sends a request that changes the room of a connection, and waits until the index of the fan-out is up to date. */
  const changeRoom = async (client: Client, request: Record<string, unknown>) => {
    const reply = await sendRequest(client, request);
    await waitForIndex(stack);
    return reply;
  };
  const sendUnique = (sender: Client, receivers: Client[], prefix: string) =>
    sendUntilReceived(sender, receivers, () => `${prefix} ${randomUUID()}`);
  const hasReceived = (client: Client, texts: string[]) => texts.some((text) => client.frames.includes(text));

  it('moves the creator out of the lobby and returns the room number', async () => {
    const [ada, bob] = [await open(), await open()];
    const created = await changeRoom(ada, { action: 'createRoom', username: 'Ada' });
    expect(created).toMatchObject({
      type: 'created',
      room: expect.stringMatching(/^[1-9]\d{8}$/),
      memberCount: 1,
      you: { username: 'Ada' },
    });
    const inLobby = await sendUnique(bob, [bob], 'in the lobby');
    const inRoom = await sendUnique(ada, [ada], 'in the room');
    expect(hasReceived(ada, inLobby)).toBe(false);
    expect(hasReceived(bob, inRoom)).toBe(false);
  });

  it('moves a connection to the room that it joins, and delivers messages as bare text only in that room', async () => {
    const [ada, bob, cleo] = [await open(), await open(), await open()];
    const { room } = await changeRoom(ada, { action: 'createRoom', username: 'Ada' });
    expect(await changeRoom(bob, { action: 'joinRoom', room, username: 'Bob' })).toMatchObject({
      type: 'joined',
      room,
      memberCount: 2,
      you: { username: 'Bob' },
    });
    const fromAda = await sendUnique(ada, [ada, bob], 'from Ada');
    const fromBob = await sendUnique(bob, [ada, bob], 'from Bob');
    const inLobby = await sendUnique(cleo, [cleo], 'in the lobby');
    expect(hasReceived(cleo, [...fromAda, ...fromBob])).toBe(false);
    expect(hasReceived(ada, inLobby) || hasReceived(bob, inLobby)).toBe(false);
    // Plain connections receive no notices. Only their replies are JSON.
    expect(jsonFrames(ada).map(({ type }) => type)).toEqual(['created']);
    expect(jsonFrames(bob).map(({ type }) => type)).toEqual(['joined']);
  });

  it('exchanges messages with roomcast.v1 connections', async () => {
    const [ada, bob] = [await open(), await open({ protocols: ['roomcast.v1'] })];
    const { room } = await changeRoom(ada, { action: 'createRoom', username: 'Ada' });
    await changeRoom(bob, { action: 'joinRoom', room, username: 'Bob' });
    const texts = await sendUnique(ada, [ada], 'to both');
    await eventually(async () => jsonFrames(bob, 'message').some(({ text }) => texts.includes(text)));
    const answer = `from Bob ${randomUUID()}`;
    bob.send({ action: 'sendmessage', room, text: answer });
    await eventually(async () => ada.frames.includes(answer));
    expect(jsonFrames(bob, 'message')[0]).toMatchObject({ room, from: { username: 'Ada' } });
  });

  it('returns unknown-room for a room that does not exist, and keeps the connection in its room', async () => {
    const ada = await open();
    expect(
      await sendRequest(ada, { action: 'joinRoom', room: randomRoomNumber(), username: 'Ada' }),
    ).toMatchObject({
      type: 'error',
      problem: { type: 'urn:roomcast:unknown-room', status: 404, temporary: false },
    });
    expect(Object.keys((await sendRequest(ada, { action: 'ping' })).rooms)).not.toContainEqual(
      expect.stringMatching(/^\d/),
    );
    const bob = await open();
    await sendUnique(bob, [ada, bob], 'still in the lobby');
  });

  it('moves a connection to the lobby when it leaves, and keeps it there', async () => {
    const [ada, bob, cleo] = [await open(), await open(), await open()];
    const { room } = await changeRoom(ada, { action: 'createRoom' });
    await changeRoom(bob, { action: 'joinRoom', room });
    expect(await changeRoom(bob, { action: 'leaveRoom' })).toEqual({ type: 'left', room });
    await sendUnique(cleo, [bob, cleo], 'back in the lobby');
    await sendUnique(bob, [bob, cleo], 'from the lobby');
    const inRoom = await sendUnique(ada, [ada], 'alone');
    expect(hasReceived(bob, inRoom)).toBe(false);

    expect(await changeRoom(bob, { action: 'leaveRoom' })).toEqual({ type: 'left', room: 'lobby' });
    await sendUnique(cleo, [bob, cleo], 'still in the lobby');
  });

  itWithTables('stores one membership row per connection and updates the member counts', async () => {
    const ada = await open();
    const { you, room } = await changeRoom(ada, { action: 'createRoom' });
    const rooms = async () =>
      (await stack.scan('ConnectionsTable'))
        .filter(({ userId }) => userId === you.userId)
        .map((row) => row.room)
        .sort();
    expect(await rooms()).toEqual([room, '@everyone'].sort());
    const other = await changeRoom(ada, { action: 'createRoom' });
    expect(await rooms()).toEqual([other.room, '@everyone'].sort());
    await changeRoom(ada, { action: 'leaveRoom' });
    expect(await rooms()).toEqual(['@everyone', 'lobby']);
    const counts = (await stack.scan('ChatTable')).filter(({ sk }) => sk === 'count');
    const periodsOf = (name: string) => {
      const item = counts.find(({ pk }) => pk === `count#${name}`) ?? {};
      const periods = Object.keys(item).filter((attribute) => attribute.startsWith('until'));
      return periods.map((attribute) => item[attribute]);
    };
    expect([periodsOf(room), periodsOf(other.room)]).toEqual([[0], [0]]);
  });
});
