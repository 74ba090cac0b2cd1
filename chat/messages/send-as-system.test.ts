import { createMemoryBackend } from '../../testbed/memory';
import type { Room } from '../types';
import { sendAsSystem } from './send-as-system';

const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
const FROM = { userId: 's-system', username: 'Orders' };

async function setUp(attributes: Partial<Room> = {}) {
  const { memory, clock, deps } = createMemoryBackend();
  const room = { room: '483920117', epoch: 'e', seq: 0, shards: 3, lastTs: 0, ...attributes };
  await deps.log.insertRoom(room);
  const send = (text: string, clientMsgId?: string, current: Room = room) =>
    sendAsSystem(deps, { room: current, from: FROM, text, clientMsgId });
  return { memory, clock, deps, room, send };
}

describe('sendAsSystem', () => {
  it('appends the message, publishes it to every shard and returns its position', async () => {
    const { memory, clock, send } = await setUp();
    const ack = await send('Your order has shipped', CLIENT_MSG_ID);
    const [entry] = memory.entries;
    expect(entry).toEqual({
      ...{ room: '483920117', epoch: 'e', seq: 1, kind: 'message', from: FROM, ts: clock.now },
      ...{ text: 'Your order has shipped', clientMsgId: CLIENT_MSG_ID },
      messageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
    });
    expect(ack).toEqual({
      ...{ type: 'ack', room: '483920117', seq: 1, duplicate: false },
      ...{ messageId: entry?.messageId, clientMsgId: CLIENT_MSG_ID, ts: new Date(clock.now).toISOString() },
    });
    expect(memory.published).toMatchObject([
      {
        type: 'MessageSent',
        detail: { seq: 1, audience: ['483920117#0', '483920117#1', '483920117#2'] },
      },
    ]);
  });

  it('stores no clientMsgId if it has none', async () => {
    const { memory, send } = await setUp();
    await send('hello');
    await send('hello');
    expect(memory.entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(memory.entries[0]).not.toHaveProperty('clientMsgId');
  });

  it('stores a repeated message once and publishes it again', async () => {
    const { memory, send } = await setUp();
    const first = await send('once', CLIENT_MSG_ID);
    expect(await send('once', CLIENT_MSG_ID)).toEqual({ ...first, duplicate: true });
    expect(memory.entries).toHaveLength(1);
    expect(memory.published[1]).toEqual(memory.published[0]);
  });

  it('publishes a repeated message for five minutes only', async () => {
    const { memory, clock, send } = await setUp();
    await send('once', CLIENT_MSG_ID);
    clock.now += 300_000;
    await send('once', CLIENT_MSG_ID);
    expect(memory.published).toHaveLength(2);
    clock.now += 1;
    expect(await send('once', CLIENT_MSG_ID)).toMatchObject({ duplicate: true });
    expect(memory.published).toHaveLength(2);
  });

  it('rejects a repeated clientMsgId with a different text', async () => {
    const { memory, send } = await setUp();
    await send('once', CLIENT_MSG_ID);
    await expect(send('twice', CLIENT_MSG_ID)).rejects.toMatchObject({ type: 'invalid-frame' });
    expect(memory.entries).toHaveLength(1);
  });

  it('replies only to messages of the room', async () => {
    const { memory, deps, room, send } = await setUp();
    const reply = (replyTo: number) =>
      sendAsSystem(deps, {
        room: memory.rooms.get(room.room) as Room,
        from: FROM,
        text: 'yes',
        clientMsgId: undefined,
        replyTo,
      });
    await send('question');
    await reply(1);
    expect(memory.entries[1]).toMatchObject({ text: 'yes', replyTo: 1 });
    await expect(reply(3)).rejects.toMatchObject({ type: 'unknown-message' });
    expect(memory.entries).toHaveLength(2);
  });

  it('takes the next sequence after a lost race', async () => {
    const { memory, send } = await setUp();
    memory.racesToLose = 2;
    expect(await send('late')).toMatchObject({ seq: 3 });
  });

  it('reads the room again if another message was stored in the meantime', async () => {
    const { memory, room, send } = await setUp();
    await send('first');
    expect(await send('second', undefined, room)).toMatchObject({ seq: 2 });
    expect(memory.entries.map(({ text }) => text)).toEqual(['first', 'second']);
  });

  it('fails with room-busy at the deadline', async () => {
    const { memory, send } = await setUp();
    memory.racesToLose = Number.POSITIVE_INFINITY;
    await expect(send('never')).rejects.toMatchObject({ type: 'room-busy' });
    expect(memory.published).toEqual([]);
  });

  it('never decreases the timestamp within a room', async () => {
    const { clock, room, memory, send } = await setUp();
    const lastTs = clock.now + 1000;
    memory.rooms.set(room.room, { ...room, lastTs });
    await send('hello', undefined, { ...room, lastTs });
    expect(memory.entries[0]?.ts).toBe(lastTs);
  });

  it('ignores slow mode', async () => {
    const { memory, send } = await setUp({ slowModeSeconds: 60 });
    await send('one');
    await send('two');
    expect(memory.entries).toHaveLength(2);
  });

  it('rejects a text over the limit and stores nothing', async () => {
    const { memory, send } = await setUp();
    await expect(send('x'.repeat(4097))).rejects.toMatchObject({ type: 'too-large' });
    await expect(send('')).rejects.toMatchObject({ type: 'invalid-frame' });
    expect(memory.entries).toEqual([]);
    await send('x'.repeat(4096));
  });

  it('reports a message that is stored but not delivered', async () => {
    const { memory, send } = await setUp();
    memory.publishFailures = 1;
    await expect(send('hello', CLIENT_MSG_ID)).rejects.toMatchObject({ type: 'unavailable' });
    expect(await send('hello', CLIENT_MSG_ID)).toMatchObject({ seq: 1, duplicate: true });
    expect(memory.published).toHaveLength(1);
  });
});
