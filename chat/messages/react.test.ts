import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { SYSTEM } from '../moderation/roles';
import { createRoom } from '../rooms/new-room';
import type { Entry, Room } from '../types';
import { deleteMessage } from './change';
import { MAX_EMOJIS } from './count-reactions';
import { MAX_USER_EMOJIS, react } from './react';
import { history } from './read-history';
import { sendMessage } from './send';

const EMOJIS = [...'😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓😔😕😖😗😘'];

/** Creates a room with a message of Ada, and Bob and Cleo as members. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const users: Record<string, string> = {};
  const open = async (connectionId: string) => {
    const options = { connectionId, query: {}, subprotocols: ['roomcast.v1'], sourceIp: '192.0.2.1' };
    users[connectionId] = (await connect(deps, options)).userId;
  };
  await open('ada');
  const { room, epoch } = await createRoom(deps, 'ada', {});
  const join = async (connectionId: string) => {
    await open(connectionId);
    await joinRoom(deps, connectionId, { room });
  };
  for (const connectionId of ['bob', 'cleo']) await join(connectionId);
  await sendMessage(deps, 'ada', { room, text: 'one' });
  memory.published.length = 0;
  const add = (connectionId: string, emoji = '👍', more = {}) =>
    react(deps, connectionId, { room, seq: 1, emoji, ...more });
  const readLog = async (connectionId = 'ada') => (await history(deps, connectionId, { room })).messages;
  const counts = async () => (await readLog())[0]?.reactions?.map(({ emoji, count }) => `${emoji} ${count}`);
  return { memory, clock, deps, room, epoch, users, join, add, readLog, counts };
}

const tooEarly = {
  type: 'rate-limited',
  detail: 'The reactions to a message are announced every few seconds. Wait, then repeat the request.',
  retryAfterMs: expect.any(Number),
};

describe('react', () => {
  it('announces the first reaction immediately, with an entry that contains the counts', async () => {
    const { memory, users, room, epoch, add, readLog } = await setUp();
    expect(await add('bob')).toEqual({ type: 'reacted', room, seq: 1, emojis: ['👍'] });
    const reactions = [{ emoji: '👍', count: 1 }];
    expect(memory.published).toMatchObject([
      {
        type: 'MessageReacted',
        detail: {
          ...{ room, epoch, seq: 2, kind: 'reacted', target: 1, text: '', reactions },
          byUser: { [users.bob as string]: ['👍'] },
          audience: [`${room}#0`],
        },
      },
    ]);
    expect(Object.keys(memory.published[0]?.detail as never)).not.toContain('reactedAt');
    const own = { [users.bob as string]: ['👍'] };
    expect(await readLog('bob')).toMatchObject([
      { seq: 1, kind: 'message', text: 'one', reactions, byUser: own },
      { seq: 2, kind: 'reacted', target: 1, reactions, byUser: own },
    ]);
    expect((await readLog('cleo'))[0]?.byUser).toEqual({ [users.cleo as string]: [] });
  });

  it('announces the reactions of a burst together, on the first request after the interval', async () => {
    const { memory, clock, add, counts } = await setUp();
    await add('ada');
    clock.now += 500;
    await expect(add('bob')).rejects.toMatchObject({ ...tooEarly, retryAfterMs: 2500 });
    await expect(add('cleo', '🎉')).rejects.toMatchObject(tooEarly);
    expect(memory.published).toHaveLength(1);
    expect(await counts()).toEqual(['👍 1']);
    clock.now += 2500;
    await add('cleo', '🎉');
    expect(await counts()).toEqual(['👍 2', '🎉 1']);
    await add('bob');
    expect(memory.published).toHaveLength(2);
  });

  it('announces a reaction again if it was stored up to a second before the latest entry', async () => {
    const { memory, deps, clock, users, add } = await setUp();
    await add('ada');
    clock.now += 3000;
    await add('bob');
    const reactedAt = clock.now;
    const { change } = deps.reactions;
    const store = (at: number) => {
      deps.reactions.change = async (message, userId, options) =>
        change(message, userId, { ...options, now: at });
    };
    clock.now += 3000;
    store(reactedAt - 1001);
    await add('cleo', '🎉');
    expect(memory.published).toHaveLength(2); // the entry has counted it
    store(reactedAt - 1000);
    await add('cleo', '👀');
    expect(memory.published).toHaveLength(3);
    const [, , announced] = memory.published as { detail: { byUser?: object } }[];
    expect(announced?.detail.byUser).toEqual({
      [users.bob as string]: ['👍'],
      [users.cleo as string]: ['🎉', '👀'].sort(),
    });
  });

  it('announces the own reactions of the last 20 users only', async () => {
    const { memory, clock, deps, room, epoch, users, add } = await setUp();
    const others = Array.from({ length: 25 }, (_, index) => `g-${String(index).padStart(2, '0')}`);
    for (const [index, userId] of others.entries())
      await deps.reactions.change({ room, epoch, seq: 1 } as never, userId, {
        ...{ emoji: '👍', remove: false, max: 1, now: clock.now + index },
      });
    clock.now += 100;
    await add('bob');
    const [announced] = memory.published as { detail: { byUser?: object } }[];
    expect(Object.keys(announced?.detail.byUser ?? {})).toEqual([users.bob, ...others.slice(-19).reverse()]);
  });

  it('gives an entry a timestamp that is not earlier than the previous timestamp of the log', async () => {
    const { memory, clock, room, add } = await setUp();
    const stored = memory.rooms.get(room);
    if (!stored) throw new Error('expected the room');
    memory.rooms.set(room, { ...stored, lastTs: clock.now + 500 });
    await add('bob');
    expect(memory.published).toMatchObject([{ detail: { ts: new Date(clock.now + 500).toISOString() } }]);
  });

  it('charges the budget of the lobby for each entry in the lobby', async () => {
    const { deps, add } = await setUp();
    const chargeRoom = jest.spyOn(deps.log, 'chargeRoom');
    await add('bob');
    expect(chargeRoom).not.toHaveBeenCalled();
    await joinRoom(deps, 'bob', { room: 'lobby' });
    await sendMessage(deps, 'bob', { room: 'lobby', text: 'one' });
    chargeRoom.mockClear();
    await react(deps, 'bob', { room: 'lobby', seq: 1, emoji: '👍' });
    expect(chargeRoom.mock.calls.map(([room]) => room.room)).toEqual(['lobby']);
  });

  it('charges an entry to the budget of a large room', async () => {
    const { memory, room, add } = await setUp();
    for (let index = 0; index < 100; index += 1) {
      const row = { connectionId: `c-${index}`, room, userId: `g-${index}`, username: 'Dan', joinedAt: 0 };
      memory.rows.set(`c-${index} ${room}`, {
        ...{ ...row, role: 'member', protocol: 'roomcast.v1', standingVersion: 0 },
      });
    }
    await add('bob');
    expect(memory.rooms.get(room)?.budget).toBeGreaterThan(0);
  });

  it('announces nothing for a repeated request', async () => {
    const { memory, clock, add, counts } = await setUp();
    await add('bob');
    clock.now += 10_000;
    await add('bob');
    await add('bob', '🎉', { remove: true });
    expect(memory.published).toHaveLength(1);
    expect(await counts()).toEqual(['👍 1']);
  });

  it('removes a reaction, and keeps the order of the other reactions', async () => {
    const { clock, add, counts, readLog, users } = await setUp();
    for (const [user, emoji] of [
      ['ada', '👍'],
      ['bob', '🎉'],
      ['cleo', '👍'],
    ] as const) {
      await add(user, emoji);
      clock.now += 3000;
    }
    expect(await add('ada', '👍', { remove: true })).toMatchObject({ emojis: [] });
    expect(await counts()).toEqual(['👍 1', '🎉 1']);
    clock.now += 3000;
    await add('cleo', '👍', { remove: true });
    expect(await counts()).toEqual(['🎉 1']);
    expect((await readLog('cleo'))[0]?.byUser).toEqual({ [users.cleo as string]: [] });
  });

  it('counts the reactions again after a lost race', async () => {
    const { memory, add } = await setUp();
    memory.racesToLose = 1;
    await add('bob');
    expect(memory.published).toMatchObject([{ detail: { seq: 3, target: 1 } }]);
  });

  it.each([
    ['the message was deleted', (stored: Entry) => ({ ...stored, kind: 'void' as const }), {}],
    ['the room has started its next log', (stored: Entry) => stored, { epoch: 'next' }],
  ])('is rejected after a lost race if %s', async (_, change, attributes) => {
    const { memory, deps, room, add } = await setUp();
    deps.reactions.publish = async () => {
      memory.entries[0] = change(memory.entries[0] as Entry);
      memory.rooms.set(room, { ...(memory.rooms.get(room) as Room), ...attributes });
      return false;
    };
    await expect(add('bob')).rejects.toMatchObject({ type: 'unknown-message' });
    expect(memory.published).toEqual([]);
  });

  it('acknowledges a stored reaction even if its event could not be published', async () => {
    const { memory, deps, add, counts } = await setUp();
    const onReactionUndelivered = jest.fn();
    Object.assign(deps, { onReactionUndelivered });
    memory.publishFailures = 1;
    await add('bob');
    expect(onReactionUndelivered).toHaveBeenCalledTimes(1);
    expect(await counts()).toEqual(['👍 1']);
  });

  it('deletes the reactions with the message', async () => {
    const { memory, deps, room, add, readLog } = await setUp();
    await add('bob');
    const stored = memory.rooms.get(room);
    if (!stored) throw new Error('expected the room');
    await deleteMessage(deps, SYSTEM, { room: stored, seq: 1 });
    const log = await readLog('bob');
    expect(log.map(({ kind }) => kind)).toEqual(['void', 'void', 'deleted']);
    for (const entry of log) expect(entry).not.toHaveProperty('reactions');
    await expect(add('cleo')).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it('limits the number of emoji per user and per message', async () => {
    const { clock, add, join } = await setUp();
    let used = 0;
    for (const user of ['ada', 'bob', 'cleo', 'dan', 'eve']) {
      if (user === 'dan' || user === 'eve') await join(user);
      for (let count = 0; count < MAX_USER_EMOJIS && used < MAX_EMOJIS; count += 1) {
        clock.now += 3000;
        await add(user, EMOJIS[used]);
        used += 1;
      }
    }
    clock.now += 3000;
    await expect(add('ada', EMOJIS[MAX_USER_EMOJIS])).rejects.toMatchObject({
      ...{ type: 'forbidden', detail: 'You can add 5 emoji to a message. Use one that the message has.' },
    });
    await expect(add('eve', EMOJIS[MAX_EMOJIS])).rejects.toMatchObject({
      ...{
        type: 'forbidden',
        detail: 'A message can have 20 different emoji. Use one that the message has.',
      },
    });
    expect(await add('eve', EMOJIS[MAX_EMOJIS], { remove: true })).toMatchObject({ emojis: [] });
    expect(await add('eve', EMOJIS[0])).toMatchObject({ emojis: [EMOJIS[0]] });
  });

  it('rejects readers, users outside the room, missing messages, and entries that are not messages', async () => {
    const { deps, room, epoch, users, add } = await setUp();
    await add('bob');
    const seq = (at: number) => react(deps, 'bob', { room, seq: at, emoji: '👍' });
    await expect(seq(2)).rejects.toMatchObject({ type: 'unknown-message' });
    await expect(seq(3)).rejects.toMatchObject({ type: 'unknown-message' });
    await deps.connections.setMembershipRole('cleo', room, 'reader', 1);
    await expect(add('cleo')).rejects.toMatchObject({ type: 'forbidden' });
    await connect(deps, {
      ...{ connectionId: 'mallory', query: {}, subprotocols: ['roomcast.v1'], sourceIp: '192.0.2.1' },
    });
    await expect(add('mallory')).rejects.toMatchObject({ type: 'unknown-room' });
    expect(await deps.reactions.list({ room, epoch, seq: 1 } as never)).toMatchObject([
      { userId: users.bob },
    ]);
  });

  it.each(['👍', '❤️', '👩🏽‍🚀', '🇩🇪', '1️⃣'])('accepts %s', async (emoji) => {
    const { add } = await setUp();
    expect(await add('bob', emoji)).toMatchObject({ emojis: [emoji] });
  });

  it.each(['', 'a', '1', '👍👍', '👍 ', '❤', '<b>', '🏽\u200d', `${'👍'}\n`])('rejects %j', async (emoji) => {
    const { add } = await setUp();
    await expect(add('bob', emoji)).rejects.toMatchObject({ type: 'invalid-frame' });
  });
});
