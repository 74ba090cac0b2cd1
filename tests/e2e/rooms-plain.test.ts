import { randomUUID } from 'node:crypto';
import { type Client, eventually } from '../support/client';
import { createClientPool, jsonFrames, randomRoomNumber, sendRequest } from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest } from '../support/stack';

/** The plain table's rows on rooms. The lobby of a deployed stack may hold others, so every text is unmistakable. */
describe('rooms in plain mode', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  /** Says something until it is heard by all of these: the index through which they are found lags. */
  const reaches = async (speaker: Client, listeners: Client[], what: string) => {
    const said: string[] = [];
    await eventually(async () => {
      const text = `${what} ${randomUUID()}`;
      said.push(text);
      speaker.send({ action: 'sendmessage', message: text });
      await eventually(async () => speaker.frames.includes(text));
      return listeners.every((listener) => listener.frames.includes(text));
    });
    return said;
  };
  const hears = (client: Client, texts: string[]) => texts.some((text) => client.frames.includes(text));

  it('createRoom moves out of the lobby, and the reply gives the number', async () => {
    const [ada, bob] = [await open(), await open()];
    const created = await sendRequest(ada, { action: 'createRoom', username: 'Ada' });
    expect(created).toMatchObject({
      type: 'created',
      room: expect.stringMatching(/^[1-9]\d{8}$/),
      memberCount: 1,
      you: { username: 'Ada' },
    });
    const inLobby = await reaches(bob, [bob], 'in the lobby');
    const inRoom = await reaches(ada, [ada], 'in the room');
    expect(hears(ada, inLobby)).toBe(false);
    expect(hears(bob, inRoom)).toBe(false);
  });

  it('joinRoom moves in by number and username; messages reach that room alone, as bare text', async () => {
    const [ada, bob, cleo] = [await open(), await open(), await open()];
    const { room } = await sendRequest(ada, { action: 'createRoom', username: 'Ada' });
    expect(await sendRequest(bob, { action: 'joinRoom', room, username: 'Bob' })).toMatchObject({
      type: 'joined',
      room,
      memberCount: 2,
      you: { username: 'Bob' },
    });
    const fromAda = await reaches(ada, [ada, bob], 'from Ada');
    const fromBob = await reaches(bob, [ada, bob], 'from Bob');
    const inLobby = await reaches(cleo, [cleo], 'in the lobby');
    expect(hears(cleo, [...fromAda, ...fromBob])).toBe(false);
    expect(hears(ada, inLobby) || hears(bob, inLobby)).toBe(false);
    // Nothing but replies is JSON here: pushes of who comes and goes are for `roomcast.v1`.
    expect(jsonFrames(ada).map(({ type }) => type)).toEqual(['created']);
    expect(jsonFrames(bob).map(({ type }) => type)).toEqual(['joined']);
  });

  it('meets roomcast.v1 in the same room', async () => {
    const [ada, bob] = [await open(), await open({ protocols: ['roomcast.v1'] })];
    const { room } = await sendRequest(ada, { action: 'createRoom', username: 'Ada' });
    await sendRequest(bob, { action: 'joinRoom', room, username: 'Bob' });
    const texts = await reaches(ada, [ada], 'to both');
    await eventually(async () => jsonFrames(bob, 'message').some(({ text }) => texts.includes(text)));
    const answer = `from Bob ${randomUUID()}`;
    bob.send({ action: 'sendmessage', room, text: answer });
    await eventually(async () => ada.frames.includes(answer));
    expect(jsonFrames(bob, 'message')[0]).toMatchObject({ room, from: { username: 'Ada' } });
  });

  it('joinRoom refuses a number that nobody has as unknown-room, and moves nobody', async () => {
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
    await reaches(bob, [ada, bob], 'still in the lobby');
  });

  it('leaveRoom brings back to the lobby, where it leaves one that is there already', async () => {
    const [ada, bob, cleo] = [await open(), await open(), await open()];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    await sendRequest(bob, { action: 'joinRoom', room });
    expect(await sendRequest(bob, { action: 'leaveRoom' })).toEqual({ type: 'left', room });
    await reaches(cleo, [bob, cleo], 'back in the lobby');
    await reaches(bob, [bob, cleo], 'from the lobby');
    const inRoom = await reaches(ada, [ada], 'alone');
    expect(hears(bob, inRoom)).toBe(false);

    expect(await sendRequest(bob, { action: 'leaveRoom' })).toEqual({ type: 'left', room: 'lobby' });
    await reaches(cleo, [bob, cleo], 'still in the lobby');
  });

  itWithTables('has a row for one room at a time, and a member count to match', async () => {
    const ada = await open();
    const { you, room } = await sendRequest(ada, { action: 'createRoom' });
    const rooms = async () =>
      (await stack.scan('ConnectionsTable'))
        .filter(({ userId }) => userId === you.userId)
        .map((row) => row.room)
        .sort();
    expect(await rooms()).toEqual([room, '@everyone'].sort());
    const other = await sendRequest(ada, { action: 'createRoom' });
    expect(await rooms()).toEqual([other.room, '@everyone'].sort());
    await sendRequest(ada, { action: 'leaveRoom' });
    expect(await rooms()).toEqual(['@everyone', 'lobby']);
    const counts = (await stack.scan('ChatTable')).filter(({ sk }) => sk === 'count');
    const of = (name: string) => counts.find(({ pk }) => pk === `count#${name}`)?.members;
    expect([of(room), of(other.room)]).toEqual([0, 0]);
  });
});
