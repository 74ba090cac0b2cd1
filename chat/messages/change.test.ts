import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { createRoom } from '../rooms/new-room';
import type { Role, Room } from '../types';
import { changeMessage, deleteMessage } from './change';
import { history } from './read-history';
import { sendMessage } from './send';

const SYSTEM = { userId: 'system', username: 'System', role: 'system' as const };
const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';

/** Creates a room in which `author` has sent three messages. */
async function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string) =>
    connect(deps, { connectionId, query: {}, subprotocols: ['roomcast.v1'], sourceIp: '192.0.2.1' });
  const owner = await open('owner');
  const { room, epoch } = await createRoom(deps, 'owner', {});
  const author = await open('author');
  await joinRoom(deps, 'author', { room });
  const addUser = async (connectionId: string, role: Role) => {
    const { userId } = await open(connectionId);
    await deps.standings.replace({ room, epoch }, userId, { version: 0, role });
    await joinRoom(deps, connectionId, { room });
  };
  const send = (text: string, more = {}) => sendMessage(deps, 'author', { room, text, ...more });
  for (const text of ['one', 'two', 'three']) await send(text);
  memory.published.length = 0;
  const edit = (connectionId: string, seq: number, text: string) =>
    changeMessage(deps, 'editMessage', connectionId, { room, seq, text });
  const remove = (connectionId: string, seq: number) =>
    changeMessage(deps, 'deleteMessage', connectionId, { room, seq });
  const readLog = async () => (await history(deps, 'owner', { room })).messages;
  const stored = () => memory.rooms.get(room) as Room;
  return {
    memory,
    clock,
    deps,
    open,
    owner,
    author,
    room,
    epoch,
    addUser,
    send,
    edit,
    remove,
    readLog,
    stored,
  };
}

describe('editMessage', () => {
  it('replaces the text, appends an entry, publishes it and acknowledges it', async () => {
    const { memory, author, room, epoch, edit, readLog } = await setUp();
    const ts = '2026-01-25T18:50:04.673Z';
    const ack = await edit('author', 2, 'zwei');
    expect(ack).toEqual({
      type: 'ack',
      room,
      seq: 4,
      messageId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      ts,
      duplicate: false,
    });
    const from = { userId: author.userId, username: author.username };
    const change = { seq: 4, kind: 'edited', messageId: ack.messageId, target: 2, from, text: 'zwei', ts };
    const log = await readLog();
    expect(log[1]).toMatchObject({ seq: 2, kind: 'message', text: 'zwei', edited: true });
    expect(log[0]).not.toHaveProperty('edited');
    expect(log[3]).toEqual(change);
    const [event] = memory.published;
    expect(event).toMatchObject({
      type: 'MessageEdited',
      detail: { room, seq: 4, target: 2, audience: [`${room}#0`] },
    });
    if (event?.type !== 'MessageEdited') throw new Error('expected MessageEdited');
    expect(event.detail.messageId).toBe(ack.messageId);
    expect(Object.keys(event.detail.frames)).toEqual(['roomcast.v1']);
    expect(JSON.parse(event.detail.frames['roomcast.v1'])).toEqual({
      type: 'message',
      room,
      epoch,
      ...change,
    });
  });

  it('stores each text once, so that all edits show the current text', async () => {
    const { memory, edit, readLog } = await setUp();
    await edit('author', 1, 'first');
    await edit('author', 1, 'last');
    expect((await readLog()).map(({ text }) => text)).toEqual(['last', 'two', 'three', 'last', 'last']);
    expect(memory.entries.filter(({ text }) => text !== '')).toHaveLength(3);
    expect(JSON.stringify(memory.entries)).not.toContain('first');
  });

  it('rejects users who are not the author, and authors who are readers', async () => {
    const { deps, author, room, epoch, addUser, edit, readLog } = await setUp();
    await addUser('moderator', 'moderator');
    for (const actor of ['owner', 'moderator'])
      await expect(edit(actor, 1, 'x')).rejects.toMatchObject({
        type: 'forbidden',
        detail: 'Only the author can edit a message.',
      });
    await deps.standings.replace({ room, epoch }, author.userId, { version: 0, role: 'reader' });
    await joinRoom(deps, 'author', { room });
    await expect(edit('author', 1, 'x')).rejects.toMatchObject({ type: 'forbidden' });
    expect(await readLog()).toHaveLength(3);
  });

  it('returns the same entry for a repeated edit and publishes it again', async () => {
    const { memory, edit } = await setUp();
    memory.publishFailures = 1;
    await expect(edit('author', 1, 'x')).rejects.toMatchObject({
      type: 'unavailable',
      retryAfterMs: 1000,
      detail: 'The change is stored but could not be delivered. Send the request again.',
    });
    const again = await edit('author', 1, 'x');
    expect(again).toMatchObject({ seq: 4, duplicate: true });
    expect(memory.published).toHaveLength(1);
    expect(JSON.stringify(memory.published)).toContain('"text\\":\\"x\\"');
    expect(await edit('author', 1, 'y')).toMatchObject({ seq: 5, duplicate: false });
    expect(await edit('author', 1, 'x')).toMatchObject({ seq: 6, duplicate: false });
    expect(await edit('author', 2, 'two')).toMatchObject({ seq: 7, duplicate: false });
  });

  it.each<[string, unknown, string]>([
    ['a blank text', { seq: 1, text: ' ' }, 'invalid-frame'],
    ['a text that is too large', { seq: 1, text: 'x'.repeat(4097) }, 'too-large'],
    ['no text', { seq: 1 }, 'invalid-frame'],
    ['no seq', { text: 'x' }, 'invalid-frame'],
    ['a missing message', { seq: 99, text: 'x' }, 'unknown-message'],
    ['another room', { room: '999999999', seq: 1, text: 'x' }, 'unknown-room'],
  ])('rejects %s', async (_, fields, type) => {
    const { memory, deps, room } = await setUp();
    const editing = changeMessage(deps, 'editMessage', 'author', { room, ...(fields as object) });
    await expect(editing).rejects.toMatchObject({ type });
    expect(memory.entries).toHaveLength(3);
    expect(memory.published).toEqual([]);
  });

  it('takes the identity from the connection, never from the frame', async () => {
    const { memory, deps, owner, author, room } = await setUp();
    const forged = {
      from: { userId: author.userId },
      userId: author.userId,
      target: 2,
      messageId: 'x',
      kind: 'message',
    };
    const editing = changeMessage(deps, 'editMessage', 'owner', { room, seq: 1, text: 'x', ...forged });
    await expect(editing).rejects.toMatchObject({ type: 'forbidden' });
    await changeMessage(deps, 'deleteMessage', 'owner', { room, seq: 1, ...forged });
    expect(memory.entries[3]).toMatchObject({
      seq: 4,
      kind: 'deleted',
      target: 1,
      from: { userId: owner.userId },
    });
    expect(memory.entries[1]).toMatchObject({ kind: 'message', text: 'two' });
  });
});

describe('deleteMessage', () => {
  it('removes the text everywhere, appends an entry and publishes it', async () => {
    const { memory, room, edit, remove, readLog } = await setUp();
    await edit('author', 3, 'drei');
    expect(await remove('author', 3)).toMatchObject({ type: 'ack', room, seq: 5, duplicate: false });
    expect(await readLog()).toMatchObject([
      ...[{ text: 'one' }, { text: 'two' }],
      { seq: 3, kind: 'void', text: '' },
      { seq: 4, kind: 'void', target: 3, text: '' },
      { seq: 5, kind: 'deleted', target: 3, text: '' },
    ]);
    expect(JSON.stringify(memory.entries)).not.toMatch(/three|drei/);
    expect(memory.published.at(-1)).toMatchObject({ type: 'MessageDeleted', detail: { seq: 5, target: 3 } });
    expect(JSON.stringify(memory.published.at(-1))).not.toMatch(/three|drei/);
  });

  it('allows the author, moderators and the system to delete a message', async () => {
    const { deps, addUser, remove, stored } = await setUp();
    for (const role of ['reader', 'member', 'moderator'] as const) await addUser(role, role);
    for (const actor of ['reader', 'member'])
      await expect(remove(actor, 1)).rejects.toMatchObject({
        type: 'forbidden',
        detail: 'Only the author and moderators can delete a message.',
      });
    expect(await remove('moderator', 1)).toMatchObject({ seq: 4 });
    expect(await remove('owner', 2)).toMatchObject({ seq: 5 });
    expect(await deleteMessage(deps, SYSTEM, { room: stored(), seq: 3 })).toMatchObject({ seq: 6 });
  });

  it('does not show a deleted message as edited', async () => {
    const { edit, remove, readLog } = await setUp();
    await edit('author', 1, 'eins');
    await remove('author', 1);
    expect((await readLog())[0]).not.toHaveProperty('edited');
  });

  it('never decreases the timestamp within a room', async () => {
    const { memory, clock, remove } = await setUp();
    clock.now -= 1000;
    await remove('author', 1);
    expect(memory.entries.at(-1)?.ts).toBe(clock.now + 1000);
  });

  it('lets readers delete their own messages', async () => {
    const { deps, author, room, epoch, remove } = await setUp();
    await deps.standings.replace({ room, epoch }, author.userId, { version: 0, role: 'reader' });
    await joinRoom(deps, 'author', { room });
    expect(await remove('author', 1)).toMatchObject({ seq: 4 });
  });

  it('returns the same entry for a repeated deletion, and rejects later edits', async () => {
    const { memory, edit, remove, addUser } = await setUp();
    await addUser('member', 'member');
    const first = await remove('author', 1);
    expect(await remove('owner', 1)).toEqual({ ...first, duplicate: true });
    const [event, again] = memory.published.slice(-2);
    expect(again).toEqual(event);
    await expect(remove('member', 1)).rejects.toMatchObject({ type: 'forbidden' });
    await expect(edit('author', 1, 'x')).rejects.toMatchObject({
      type: 'unknown-message',
      detail: 'The message does not exist, or was deleted. Check its seq.',
    });
    await expect(remove('owner', 4)).rejects.toMatchObject({ type: 'unknown-message' });
    expect(memory.entries).toHaveLength(4);
    memory.entries.splice(3, 1);
    await expect(remove('author', 1)).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it('does not find messages of an earlier log of the room', async () => {
    const { deps, epoch, stored } = await setUp();
    const deleting = deleteMessage(deps, SYSTEM, { room: { ...stored(), epoch: `${epoch}.1` }, seq: 1 });
    await expect(deleting).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it('does not find a message that was stored after the room was read', async () => {
    const { deps, send, stored } = await setUp();
    const room = stored();
    const { entry } = await send('four');
    const deleting = deleteMessage(deps, SYSTEM, { room, seq: entry.seq });
    await expect(deleting).rejects.toMatchObject({ type: 'unknown-message' });
  });

  it('changes no message of the next log if that log starts during the request', async () => {
    const { memory, deps, room, epoch, stored } = await setUp();
    const before = stored();
    const next = `${epoch}.1`;
    memory.rooms.set(room, { ...before, epoch: next, seq: 1 });
    const log = { ...deps.log, change: async () => false };
    const deleting = deleteMessage({ ...deps, log }, SYSTEM, { room: before, seq: 1 });
    await expect(deleting).rejects.toMatchObject({ type: 'unknown-message' });
    expect(memory.published).toEqual([]);
  });

  it('retries after lost races and fails with room-busy at the deadline', async () => {
    const { memory, remove, readLog } = await setUp();
    memory.racesToLose = 2;
    expect(await remove('author', 1)).toMatchObject({ seq: 6 });
    memory.racesToLose = Number.POSITIVE_INFINITY;
    await expect(remove('author', 2)).rejects.toMatchObject({ type: 'room-busy', retryAfterMs: 1000 });
    memory.racesToLose = 0;
    expect((await readLog())[1]).toMatchObject({ kind: 'message', text: 'two' });
  });

  it('never publishes a deleted message again when the sender repeats it', async () => {
    const { memory, remove, send } = await setUp();
    const { entry } = await send('secret', { clientMsgId: CLIENT_MSG_ID });
    await remove('author', entry.seq);
    memory.published.length = 0;
    expect(await send('secret', { clientMsgId: CLIENT_MSG_ID })).toMatchObject({ duplicate: true });
    expect(memory.published).toEqual([]);
  });
});

describe('the lobby', () => {
  it('charges changes to its budget', async () => {
    const { deps } = createMemoryBackend();
    const limited = { ...deps, lobbyRate: { perSecond: 1, burst: 2 } };
    await connect(deps, {
      connectionId: 'c1',
      query: { room: 'lobby' },
      subprotocols: ['roomcast.v1'],
      sourceIp: '192.0.2.1',
    });
    await sendMessage(limited, 'c1', { room: 'lobby', text: 'one' });
    await changeMessage(limited, 'editMessage', 'c1', { room: 'lobby', seq: 1, text: 'two' });
    const third = changeMessage(limited, 'editMessage', 'c1', { room: 'lobby', seq: 1, text: 'three' });
    await expect(third).rejects.toMatchObject({
      type: 'rate-limited',
      detail: 'The lobby is receiving too many messages. Wait before you send the next one.',
    });
  });
});

describe('other rooms', () => {
  it('charges no changes to the budget of the lobby', async () => {
    const { deps, room, stored } = await setUp();
    const limited = { ...deps, lobbyRate: { perSecond: 1, burst: 1 } };
    for (const text of ['two', 'three', 'four'])
      await changeMessage(limited, 'editMessage', 'author', { room, seq: 1, text });
    expect(stored()).not.toHaveProperty('arrival');
  });
});

describe('resume', () => {
  it('replays edits with current texts, and voids edits of deleted messages', async () => {
    const { memory, deps, room, epoch, edit, remove } = await setUp();
    await edit('author', 1, 'eins');
    await edit('author', 2, 'zwei');
    await remove('owner', 2);
    const reads = memory.calls.filter((call) => call === 'readEntriesBySeq').length;
    const { messages } = await joinRoom(deps, 'owner', { room, resume: { epoch, lastSeq: 3 } });
    expect(messages).toMatchObject([
      { seq: 4, kind: 'edited', target: 1, text: 'eins' },
      { seq: 5, kind: 'void', target: 2, text: '' },
      { seq: 6, kind: 'deleted', target: 2, text: '' },
    ]);
    await joinRoom(deps, 'owner', { room, resume: { epoch, lastSeq: 5 } });
    expect(memory.calls.filter((call) => call === 'readEntriesBySeq')).toHaveLength(reads + 1);
  });
});
