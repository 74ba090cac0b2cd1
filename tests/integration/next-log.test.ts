import { randomUUID } from 'node:crypto';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { entryKey } from '../../aws/dynamodb/items';
import { connect } from '../../chat/identity/open-connection';
import { joinRoom } from '../../chat/members/join';
import { ping } from '../../chat/messages/answer-ping';
import { changeMessage, deleteMessage } from '../../chat/messages/change';
import { history } from '../../chat/messages/read-history';
import { appendMessage, sendMessage } from '../../chat/messages/send';
import { moderate } from '../../chat/moderation/moderation-actions';
import { createRoom } from '../../chat/rooms/new-room';
import type { Entry, Room } from '../../chat/types';
import { createMemoryBackend } from '../../testbed/memory';
import { startTables } from '../../testbed/tables';

const HOUR_SECONDS = 3600;

/** Runs chat operations on tables with expired entries. */
describe('the log of a room', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let deps: Awaited<ReturnType<typeof createDependencies>>;

  const createDependencies = () => ({
    ...createMemoryBackend().deps,
    connections: tables.connections,
    log: tables.log,
    standings: tables.standings,
    invites: tables.invites,
    directRooms: tables.directRooms,
    presence: tables.presence,
    now: Date.now,
  });

  beforeAll(async () => {
    tables = await startTables();
    deps = createDependencies();
  });
  afterAll(() => tables.stop());

  const open = async (connectionId: string) => {
    const query = { guest: `guest-secret-of-user-${connectionId}` };
    const source = { connectionId, sourceIp: '192.0.2.1', query, subprotocols: ['roomcast.v1'] };
    return (await connect(deps, source)).userId;
  };
  /** Creates a room with an owner and a number of messages from the owner. */
  const setUp = async ({ messages = 2, ...frame }: { messages?: number; kind?: string } = {}) => {
    const owner = randomUUID();
    await open(owner);
    const { room, epoch } = await createRoom(deps, owner, frame);
    const send = async (text = 'hello', clientMsgId: string = randomUUID()) =>
      sendMessage(deps, owner, { room, text, clientMsgId });
    for (let count = 0; count < messages; count += 1) await send();
    const readSeqs = async () => {
      const page = await history(deps, owner, { room });
      return { epoch: page.epoch, seqs: page.messages.map(({ seq }) => seq) };
    };
    return { owner, room, epoch, next: `${epoch}.1`, send, readSeqs };
  };
  const readRoom = async (room: string) => (await tables.log.readRoom(room)) as Room;
  /** Deletes the entries of a log, as TTL does. */
  const deleteEntries = async (room: string) => {
    const { epoch, seq } = await readRoom(room);
    for (let at = 1; at <= seq; at += 1) {
      const Key = entryKey({ room, epoch }, at);
      await tables.client.send(new DeleteCommand({ TableName: tables.chatTable, Key }));
    }
  };
  /** Changes the expiry of the last entry of a log. */
  const expireLastIn = async (room: string, seconds: number) => {
    const { epoch, seq } = await readRoom(room);
    const update = new UpdateCommand({
      TableName: tables.chatTable,
      Key: entryKey({ room, epoch }, seq),
      UpdateExpression: 'SET expiresAt = :at',
      ExpressionAttributeValues: { ':at': Math.floor(Date.now() / 1000) + seconds },
    });
    await tables.client.send(update);
  };
  /** Appends a message, based on a `Room` that was read earlier. */
  const appendTo = (room: Room, text: string) =>
    appendMessage(deps, room, ({ room: name, epoch, seq }): Entry => {
      const from = { userId: 'g-1', username: 'Ada' };
      const ids = { messageId: randomUUID(), clientMsgId: text };
      return { room: name, epoch, seq: seq + 1, kind: 'message', ...ids, from, text, ts: Date.now() };
    });
  const places = (stored: { entry: Entry }[]) =>
    stored.map(({ entry }) => `${entry.epoch} ${entry.seq}`).sort();

  it('assigns the sequences 1 and 2 to two concurrent first messages', async () => {
    const { room, epoch, send, readSeqs } = await setUp({ messages: 0 });
    expect(places(await Promise.all([send(), send()]))).toEqual([`${epoch} 1`, `${epoch} 2`]);
    expect(await readSeqs()).toEqual({ epoch, seqs: [1, 2] });
    expect(await readRoom(room)).toMatchObject({ epoch, seq: 2 });
  });

  it('continues after the last entry, even if the entry has expired', async () => {
    const { owner, room, epoch, send, readSeqs } = await setUp({ messages: 1 });
    await expireLastIn(room, -1);
    expect(await readRoom(room)).toMatchObject({ epoch, seq: 1, logVersion: 1 });
    expect((await ping(deps, owner, {})).rooms).toEqual({ [room]: 1 });
    expect(places([await send()])).toEqual([`${epoch} 2`]);
    expect(await readSeqs()).toEqual({ epoch, seqs: [2] });
    expect(await readRoom(room)).not.toHaveProperty('logVersion');
  });

  it('is followed by a new log when all entries have been deleted', async () => {
    const { owner, room, epoch, next, send, readSeqs } = await setUp();
    await deleteEntries(room);
    expect(await readRoom(room)).toMatchObject({ epoch: next, seq: 0, lastTs: 0 });
    expect(await readSeqs()).toEqual({ epoch: next, seqs: [] });
    expect((await ping(deps, owner, {})).rooms).toEqual({ [room]: 0 });
    expect(places([await send(), await send()])).toEqual([`${next} 1`, `${next} 2`]);
    expect(await readSeqs()).toEqual({ epoch: next, seqs: [1, 2] });
    await deleteEntries(room);
    expect(places([await send()])).toEqual([`${epoch}.2 1`]);
  });

  it('is followed by only one new log if messages are concurrent', async () => {
    const { room, next, send } = await setUp();
    await deleteEntries(room);
    expect(places(await Promise.all([send(), send(), send()]))).toEqual([1, 2, 3].map((n) => `${next} ${n}`));
  });

  it('is not recovered for clients with a position in the earlier log', async () => {
    const { owner, room, epoch, next, send } = await setUp();
    const rejoin = (resume: object) => joinRoom(deps, owner, { room, resume });
    const known = { epoch, lastSeq: 2 };
    expect(await rejoin(known)).toMatchObject({ recovered: true });
    await deleteEntries(room);
    expect(await rejoin(known)).toMatchObject({ recovered: false, epoch: next, headSeq: 0 });
    for (const text of ['one', 'two', 'three']) await send(text);
    for (const lastSeq of [0, 2, 3])
      expect(await rejoin({ epoch, lastSeq })).toMatchObject({ recovered: false, headSeq: 3, messages: [] });
    const recovered = await rejoin({ epoch: next, lastSeq: 2 });
    expect(recovered).toMatchObject({ recovered: true, messages: [{ seq: 3, text: 'three' }] });
  });

  it('keeps roles, bans and invites in the new log', async () => {
    const { owner, room, next, send } = await setUp({ kind: 'invite' });
    const [moderator, banned, guest] = [randomUUID(), randomUUID(), randomUUID()];
    const createInvite = async () => {
      const { invite } = (await moderate(deps, 'invite', owner, { room })) as { invite: string };
      return invite;
    };
    const [moderatorId, bannedId] = [await open(moderator), await open(banned)];
    await open(guest);
    await joinRoom(deps, moderator, { room, invite: await createInvite() });
    await joinRoom(deps, banned, { room, invite: await createInvite() });
    await moderate(deps, 'setRole', owner, { room, userId: moderatorId, role: 'moderator' });
    await moderate(deps, 'ban', owner, { room, userId: bannedId });
    const invite = await createInvite();

    await deleteEntries(room);
    await send();
    expect(await joinRoom(deps, moderator, { room })).toMatchObject({ epoch: next, role: 'moderator' });
    await expect(joinRoom(deps, banned, { room, invite })).rejects.toMatchObject({ type: 'forbidden' });
    expect(await joinRoom(deps, guest, { room, invite })).toMatchObject({ epoch: next, role: 'member' });
    expect(await joinRoom(deps, guest, { room })).toMatchObject({ role: 'member' });
    const later = await createInvite();
    await moderate(deps, 'unban', owner, { room, userId: bannedId });
    expect(await joinRoom(deps, banned, { room, invite: later })).toMatchObject({ epoch: next });
  });

  it('keeps message claims in the new log, and accepts a message again if the earlier log has been deleted', async () => {
    const { room, epoch, next, send } = await setUp({ messages: 0 });
    const clientMsgId = randomUUID();
    const sendAgain = () => send('once', clientMsgId);
    expect(await sendAgain()).toMatchObject({ duplicate: false, entry: { epoch, seq: 1 } });
    expect(await sendAgain()).toMatchObject({ duplicate: true, entry: { epoch, seq: 1 } });
    await deleteEntries(room);
    expect(await sendAgain()).toMatchObject({ duplicate: false, entry: { epoch: next, seq: 1 } });
    expect(await sendAgain()).toMatchObject({ duplicate: true, entry: { epoch: next, seq: 1 } });
    // The message is also accepted if the new log has started with another message.
    await deleteEntries(room);
    await send();
    expect(await sendAgain()).toMatchObject({ duplicate: false, entry: { epoch: `${epoch}.2`, seq: 2 } });
    expect(await sendAgain()).toMatchObject({ duplicate: true, entry: { epoch: `${epoch}.2`, seq: 2 } });
  });

  it.each([HOUR_SECONDS - 60, -1])(
    'accepts no entry after the new log has started, if the last entry expires in %i s',
    async (seconds) => {
      const { room, next, send, readSeqs } = await setUp();
      await expireLastIn(room, seconds);
      const stale = await readRoom(room);
      expect(stale).toMatchObject({ seq: 2, logVersion: 1 });
      await deleteEntries(room);
      await send();
      const { entry, lostRaces } = await appendTo(stale, 'late');
      expect({ ...entry, lostRaces }).toMatchObject({ epoch: next, seq: 2, lostRaces: 1 });
      expect(await appendTo(stale, 'late')).toMatchObject({ duplicate: true, entry: { seq: 2 } });
      expect(await readSeqs()).toEqual({ epoch: next, seqs: [1, 2] });
    },
  );

  it('is not followed by a new log if an entry is appended after the read', async () => {
    const { room, epoch, next, readSeqs } = await setUp();
    await expireLastIn(room, HOUR_SECONDS - 60);
    const before = await readRoom(room);
    await deleteEntries(room);
    const empty = await readRoom(room);
    expect(empty).toMatchObject({ epoch: next, seq: 0, logVersion: 1 });
    expect(places([await appendTo(before, 'first')])).toEqual([`${epoch} 3`]);
    const { entry, lostRaces } = await appendTo(empty, 'second');
    expect({ ...entry, lostRaces }).toMatchObject({ epoch, seq: 4, lostRaces: 1 });
    expect(await readSeqs()).toEqual({ epoch, seqs: [3, 4] });
  });

  it('is appended without a write to the room while the last entry expires in more than an hour', async () => {
    const { room } = await setUp();
    await expireLastIn(room, HOUR_SECONDS + 60);
    expect(await readRoom(room)).not.toHaveProperty('logVersion');
    await expireLastIn(room, HOUR_SECONDS - 60);
    expect(await readRoom(room)).toMatchObject({ logVersion: 1 });
  });

  it('accepts no change after the new log has started', async () => {
    const { room, epoch, next, send } = await setUp();
    await expireLastIn(room, HOUR_SECONDS - 60);
    const stale = await readRoom(room);
    const [message] = await tables.log.readEntriesBySeq({ room, epoch }, [2]);
    await deleteEntries(room);
    for (const text of ['one', 'two']) await send(text);
    const system = { userId: 'system', username: 'System', role: 'system' as const };
    const log = { ...deps.log, readEntry: async () => message };
    const deleting = deleteMessage({ ...deps, log }, system, { room: stale, seq: 2 });
    await expect(deleting).rejects.toMatchObject({ type: 'unknown-message' });
    expect(await tables.log.readEntry({ room, epoch: next }, 2)).toMatchObject({ text: 'two' });
    expect(await readRoom(room)).toMatchObject({ epoch: next, seq: 2 });
  });

  it('continues with a change after an entry that expires soon', async () => {
    const { owner, room, epoch } = await setUp();
    await expireLastIn(room, HOUR_SECONDS - 60);
    const frame = { room, seq: 2, text: 'changed' };
    expect(await changeMessage(deps, 'editMessage', owner, frame)).toMatchObject({ seq: 3 });
    expect(await readRoom(room)).toMatchObject({ epoch, seq: 3 });
  });
});
