import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { createRoom } from '../rooms/new-room';
import type { Room } from '../types';
import { changeMessage } from './change';
import { history } from './read-history';
import { sendMessage } from './send';

const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';

/** Creates a room of two users with one message. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string) =>
    connect(deps, { connectionId, query: {}, subprotocols: ['roomcast.v1'], sourceIp: '192.0.2.1' });
  await open('ada');
  await open('bob');
  const { room } = await createRoom(deps, 'ada', {});
  await joinRoom(deps, 'bob', { room });
  const send = (connectionId: string, text: string, more = {}) =>
    sendMessage(deps, connectionId, { room, text, ...more });
  await send('ada', 'question');
  const change = (action: 'editMessage' | 'deleteMessage', seq: number, more = {}) =>
    changeMessage(deps, action, 'ada', { room, seq, ...more });
  const readLog = async () => (await history(deps, 'bob', { room })).messages;
  return { memory, clock, deps, room, send, change, readLog };
}

describe('a reply', () => {
  it('refers to the original message in the log and in pushes, without a copy of the text', async () => {
    const { memory, send, readLog } = await setUp();
    const { entry } = await send('bob', 'answer', { replyTo: 1 });
    expect(entry).toMatchObject({ seq: 2, kind: 'message', text: 'answer', replyTo: 1 });
    expect(JSON.stringify(entry)).not.toContain('question');
    expect((await readLog())[1]).toMatchObject({ text: 'answer', replyTo: 1 });
    const { detail } = memory.published.at(-1) as {
      detail: { frames: { plain: string; 'roomcast.v1': string } };
    };
    expect(detail).toMatchObject({ replyTo: 1, frames: { plain: 'answer' } });
    expect(JSON.parse(detail.frames['roomcast.v1'])).toMatchObject({ seq: 2, replyTo: 1 });
  });

  it('still refers to the original message after an edit', async () => {
    const { send, change, readLog } = await setUp();
    await send('ada', 'answer', { replyTo: 1 });
    await change('editMessage', 2, { text: 'better answer' });
    expect((await readLog())[1]).toMatchObject({ text: 'better answer', replyTo: 1, edited: true });
  });

  it('can refer to a deleted message, which has no text', async () => {
    const { send, change, readLog } = await setUp();
    await change('deleteMessage', 1);
    await send('bob', 'too late', { replyTo: 1 });
    expect(await readLog()).toMatchObject([
      { seq: 1, kind: 'void', text: '' },
      { seq: 2, kind: 'deleted' },
      { seq: 3, replyTo: 1 },
    ]);
  });

  it.each([
    ['a position after the end of the log', 3],
    ['an entry that is not a message', 2],
    ['position 0', 0],
  ])('is rejected without storing anything if it refers to %s', async (_, replyTo) => {
    const { memory, send, change } = await setUp();
    await change('editMessage', 1, { text: 'better question' });
    await expect(send('bob', 'answer', { replyTo })).rejects.toMatchObject({ type: 'unknown-message' });
    expect(memory.entries).toHaveLength(2);
  });

  it('is rejected if the original message has expired', async () => {
    const { memory, send } = await setUp();
    memory.entries.length = 0;
    await expect(send('bob', 'answer', { replyTo: 1 })).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it("never reads another room's log", async () => {
    const { deps, send } = await setUp();
    const { room: other } = await createRoom(deps, 'bob', {});
    await send('ada', 'second question');
    const reply = sendMessage(deps, 'bob', { room: other, text: 'answer', replyTo: 2 });
    await expect(reply).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it('is rejected if the room starts its next log before the reply is stored', async () => {
    const { memory, deps, room, send } = await setUp();
    const log = {
      ...deps.log,
      append: async () => {
        const stored = memory.rooms.get(room) as Room;
        memory.rooms.set(room, { ...stored, epoch: `${stored.epoch}.1` });
        return { outcome: 'lost-race' as const };
      },
    };
    const reply = sendMessage({ ...deps, log }, 'bob', { room, text: 'answer', replyTo: 1 });
    await expect(reply).rejects.toMatchObject({ type: 'unknown-message' });
    await send('bob', 'no reply');
    expect(memory.entries.at(-1)).not.toHaveProperty('replyTo');
  });

  it('is stored once, and cannot refer to another message under the same clientMsgId', async () => {
    const { memory, send } = await setUp();
    await send('ada', 'second question');
    const reply = { replyTo: 1, clientMsgId: CLIENT_MSG_ID };
    const { entry } = await send('bob', 'answer', reply);
    expect(await send('bob', 'answer', reply)).toMatchObject({ entry, duplicate: true });
    await expect(send('bob', 'answer', { ...reply, replyTo: 2 })).rejects.toMatchObject({
      type: 'invalid-frame',
    });
    expect(memory.entries).toHaveLength(3);
  });

  it('reads the original message, while other messages read no entry', async () => {
    const { deps, room } = await setUp();
    const seqs: number[] = [];
    const log = {
      ...deps.log,
      readEntry: (ref: Room, seq: number) => {
        seqs.push(seq);
        return deps.log.readEntry(ref, seq);
      },
    };
    await sendMessage({ ...deps, log: log as typeof deps.log }, 'bob', { room, text: 'hello' });
    expect(seqs).toEqual([]);
    await sendMessage({ ...deps, log: log as typeof deps.log }, 'bob', { room, text: 'answer', replyTo: 1 });
    expect(seqs).toEqual([1]);
  });
});
