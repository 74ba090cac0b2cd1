import { applyChange } from '../../src/changes';
import type { Entry } from '../../src/protocol';
import type { Room } from '../../src/room';
import { Harness } from '../support/harness';

let harness: Harness;
beforeEach(() => {
  harness = new Harness();
});
afterEach(() => harness.closeClients());

const entry = (seq: number, more: Partial<Entry> = {}): Entry => ({
  ...{ seq, kind: 'message', messageId: `m${seq}`, from: { userId: 'g-1', username: 'Ada' } },
  ...{ text: `text ${seq}`, ts: '' },
  ...more,
});

/** Creates a room with an owner and a member. */
async function createPair(kind?: 'invite') {
  const ada = harness.connect(undefined, { username: 'Ada' });
  const adasRoom = await harness.settleWithin(
    1000,
    ada.createRoom({ name: 'Kitchen', ...(kind ? { kind } : {}) }),
  );
  const bob = harness.connect(undefined, { username: 'Bob' });
  const invite = kind && (await harness.settleWithin(1000, adasRoom.invite())).invite;
  const bobsRoom = await harness.settleWithin(
    1000,
    bob.join(adasRoom.room, { ...(invite ? { invite } : {}) }),
  );
  return { ada, adasRoom, bob, bobsRoom };
}

/** Records the log events of a room. */
function record(room: Room): string[] {
  const events: string[] = [];
  for (const type of ['message', 'edited', 'deleted'] as const)
    room.on(type, ({ seq, target, text }) =>
      events.push([type, seq, target, text].filter(Boolean).join(' ')),
    );
  return events;
}

describe('edits and deletions', () => {
  it('emits both in the order of the log', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    const events = record(adasRoom);
    for (const text of ['one', 'two']) bobsRoom.send(text);
    await harness.time.advance(1000);
    await harness.settleWithin(1000, bobsRoom.editMessage(1, 'uno'));
    await harness.settleWithin(1000, adasRoom.deleteMessage(2));
    expect(events).toEqual(['message 1 one', 'message 2 two', 'edited 3 1 uno', 'deleted 4 2']);
    const { messages } = await harness.settleWithin(1000, adasRoom.history());
    expect(messages).toMatchObject([{ text: 'uno', edited: true }, { kind: 'void', text: '' }, {}, {}]);
  });

  it('replays each change once after a reconnect', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    for (const text of ['one', 'two']) bobsRoom.send(text);
    await harness.time.advance(1000);
    const events = record(bobsRoom);
    harness.server.fanOutMs = () => 60_000; // Bob misses the pushes, and receives them after the replay.
    await harness.settleWithin(1000, bobsRoom.editMessage(1, 'uno'));
    await harness.settleWithin(1000, adasRoom.deleteMessage(2));
    await harness.time.advance(120_000);
    expect(events).toEqual(['message 1 one', 'message 2 two', 'edited 3 1 uno', 'deleted 4 2']);
  });

  it('applies changes to messages that wait for a listener', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    for (const text of ['one', 'two', 'three']) bobsRoom.send(text);
    await harness.time.advance(1000);
    await harness.settleWithin(1000, bobsRoom.editMessage(1, 'uno'));
    await harness.settleWithin(1000, bobsRoom.deleteMessage(2));
    expect(record(adasRoom)).toEqual(['message 1 uno', 'message 3 three']);
  });

  it('rejects with the problem that the server returns', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    bobsRoom.send('one');
    await harness.time.advance(1000);
    const rejected = expect(adasRoom.editMessage(1, 'mine')).rejects.toMatchObject({ type: 'forbidden' });
    const missing = expect(adasRoom.deleteMessage(9)).rejects.toMatchObject({ type: 'unknown-message' });
    await harness.time.advance(1000);
    await Promise.all([rejected, missing]);
  });

  it('changes only the target with applyChange, and has no effect the second time', () => {
    const log = [entry(1), entry(2), entry(3, { kind: 'void', text: '' })];
    const edited = applyChange(log, entry(4, { kind: 'edited', target: 2, text: 'new' }));
    expect(edited).toEqual([entry(1), entry(2, { text: 'new', edited: true }), log[2]]);
    expect(applyChange(edited, entry(4, { kind: 'edited', target: 2, text: 'new' }))).toEqual(edited);
    const deletion = entry(5, { kind: 'deleted', target: 2, text: '' });
    const deleted = applyChange(edited, deletion);
    expect(deleted[1]).toEqual(entry(2, { kind: 'void', text: '', edited: true }));
    expect(applyChange(deleted, deletion)).toEqual(deleted);
    expect(applyChange(deleted, entry(6, { kind: 'edited', target: 3, text: 'new' }))).toEqual(deleted);
    expect(applyChange(log, entry(1))).toEqual(log);
  });
});

describe('moderation', () => {
  it('notifies a kicked client, and does not join again automatically', async () => {
    const { adasRoom, bob, bobsRoom } = await createPair();
    const left: unknown[] = [];
    bobsRoom.on('left', ({ error }) => left.push(error?.type));
    expect(await harness.settleWithin(1000, adasRoom.kick(bobsRoom.you.userId))).toMatchObject({
      type: 'kicked',
    });
    await harness.time.advance(300_000);
    expect(left).toEqual(['kicked']);
    expect([bobsRoom.isOpen, bob.rooms.size, bob.state]).toEqual([false, 0, 'online']);
    const rejected = expect(bobsRoom.send('hi')).rejects.toMatchObject({ type: 'not-joined' });
    await harness.time.advance(1000);
    await rejected;
    expect((await harness.settleWithin(1000, bob.join(adasRoom.room))).isOpen).toBe(true);
  });

  it('keeps a banned client out, and its other rooms open', async () => {
    const { adasRoom, bob, bobsRoom } = await createPair();
    const other = await harness.createRoom(bob);
    const left: unknown[] = [];
    bobsRoom.on('left', ({ error }) => left.push(error?.type));
    await harness.settleWithin(1000, adasRoom.ban(bobsRoom.you.userId));
    await harness.time.advance(60_000);
    expect(left).toEqual(['banned']);
    expect([bob.state, other.isOpen]).toEqual(['online', true]);
    const sent = other.send('still here');
    await harness.time.advance(1000);
    await expect(sent).resolves.toMatchObject({ type: 'ack' });
    const rejected = expect(bob.join(adasRoom.room)).rejects.toMatchObject({ type: 'forbidden' });
    await harness.time.advance(1000);
    await rejected;
    expect(await harness.settleWithin(1000, adasRoom.unban(bobsRoom.you.userId))).toMatchObject({
      type: 'unbanned',
    });
    expect((await harness.settleWithin(1000, bob.join(adasRoom.room))).isOpen).toBe(true);
  });

  it('joins again immediately after a ban that ended before the server closed the connection', async () => {
    const { adasRoom, bob, bobsRoom } = await createPair();
    let rejoined: Promise<Room> | undefined;
    bobsRoom.on('left', () => {
      rejoined = adasRoom.unban(bobsRoom.you.userId).then(() => bob.join(adasRoom.room));
    });
    await harness.settleWithin(1000, adasRoom.ban(bobsRoom.you.userId));
    expect((await harness.settleWithin(2000, rejoined as Promise<Room>)).isOpen).toBe(true);
    const direct = adasRoom.you.userId;
    const room = await harness.settleWithin(1000, bob.createRoom({ kind: 'direct', with: direct }));
    expect(room.isOpen).toBe(true);
  });

  it('ignores a removal that arrives after the client has joined again', async () => {
    const { bobsRoom, bob } = await createPair();
    const push = JSON.stringify({ type: 'removed', room: '100000000', reason: 'kicked', ts: '' });
    for (const id of harness.server.connectionIds()) harness.server.post(id, push);
    expect([bobsRoom.isOpen, bob.rooms.size]).toEqual([true, 1]);
  });

  it('joins an invite room with an invite, and again after a reconnect', async () => {
    const { adasRoom, bob, bobsRoom } = await createPair('invite');
    expect([adasRoom.kind, adasRoom.role, bobsRoom.role]).toEqual(['invite', 'owner', 'member']);
    for (const id of harness.server.connectionIds()) harness.server.closeConnection(id);
    await harness.time.advance(60_000);
    expect([bob.state, bobsRoom.isOpen]).toEqual(['online', true]);
    const stranger = harness.connect();
    const rejected = expect(stranger.join(adasRoom.room)).rejects.toMatchObject({ type: 'forbidden' });
    await harness.time.advance(1000);
    await rejected;
  });

  it('opens the same direct room for both users', async () => {
    const { ada, bob, adasRoom, bobsRoom } = await createPair();
    const first = await harness.settleWithin(
      1000,
      ada.createRoom({ kind: 'direct', with: bobsRoom.you.userId }),
    );
    const second = await harness.settleWithin(
      1000,
      bob.createRoom({ kind: 'direct', with: adasRoom.you.userId }),
    );
    expect(second.room).toBe(first.room);
    expect(first.kind).toBe('direct');
  });

  it('lists and revokes invites', async () => {
    const { adasRoom } = await createPair();
    const { inviteId } = await harness.settleWithin(1000, adasRoom.invite({ uses: 3 }));
    const { invites } = await harness.settleWithin(1000, adasRoom.invites());
    expect(invites).toMatchObject([{ inviteId, by: adasRoom.you, role: 'member', usesLeft: 3 }]);
    await harness.settleWithin(1000, adasRoom.revokeInvite(inviteId));
    expect((await harness.settleWithin(1000, adasRoom.invites())).invites).toEqual([]);
  });

  it('blocks the other user of a direct room, and reports the block at the next join', async () => {
    const { ada, bob, bobsRoom } = await createPair();
    const direct = { kind: 'direct' as const, with: bobsRoom.you.userId };
    const { room } = await harness.settleWithin(1000, ada.createRoom(direct));
    const opened = await harness.settleWithin(1000, bob.join(room));
    expect(opened.blocked).toBe(false);
    await harness.settleWithin(1000, opened.block());
    await harness.settleWithin(1000, opened.leave());
    const again = await harness.settleWithin(1000, bob.join(room));
    expect(again.blocked).toBe(true);
    await harness.settleWithin(1000, again.unblock());
  });

  it('lets only signed-in users write', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    await harness.settleWithin(1000, adasRoom.setRoom({ writers: 'signedIn', writeAfterSeconds: 60 }));
    expect(bobsRoom).toMatchObject({ writers: 'signedIn', writeAfterSeconds: 60 });
    const rejected = expect(bobsRoom.send('hi')).rejects.toMatchObject({ type: 'forbidden' });
    await harness.time.advance(1000);
    await rejected;
  });

  it('updates the role and the settings, and emits the changes', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    const events: unknown[] = [];
    bobsRoom.on('roleChanged', ({ userId, role, by }) => events.push([userId, role, by.username]));
    bobsRoom.on('roomChanged', ({ topic, slowModeSeconds }) => events.push([topic, slowModeSeconds]));
    const { userId } = bobsRoom.you;
    await harness.settleWithin(1000, adasRoom.setRole(userId, 'reader'));
    await harness.settleWithin(1000, adasRoom.setRoom({ topic: 'Tea', slowModeSeconds: 5 }));
    await harness.settleWithin(1000, adasRoom.setRoom({ topic: '' }));
    expect(events).toEqual([
      [userId, 'reader', 'Ada'],
      ['Tea', 5],
      [undefined, 5],
    ]);
    expect(bobsRoom).toMatchObject({ role: 'reader', name: 'Kitchen', topic: undefined, slowModeSeconds: 5 });
    expect(adasRoom).toMatchObject({ role: 'owner', slowModeSeconds: 5 });
    const rejected = expect(bobsRoom.send('hi')).rejects.toMatchObject({ type: 'forbidden' });
    await harness.time.advance(1000);
    await rejected;
  });

  it('emits the new name of a member who joins again with another name', async () => {
    const { adasRoom } = await createPair();
    const guest = 'guest-secret-of-carol-0001';
    const carol = harness.connect(undefined, { username: 'Carol', guest });
    await harness.settleWithin(1000, carol.join(adasRoom.room));
    const events: unknown[] = [];
    adasRoom.on('memberRenamed', ({ member, previousName }) => events.push([member.username, previousName]));
    adasRoom.on('memberJoined', ({ member }) => events.push(member.username));
    const { memberCount } = adasRoom;
    const sameUser = harness.connect(undefined, { username: 'Ada ', guest });
    const sameRoom = await harness.settleWithin(1000, sameUser.join(adasRoom.room));
    expect(events).toEqual([['Ada', 'Carol']]);
    expect([adasRoom.memberCount, sameRoom.you.username]).toEqual([memberCount, 'Ada']);
  });

  it('keeps the latest settings if their pushes overtake each other', async () => {
    const { adasRoom, bobsRoom } = await createPair();
    harness.server.fanOutMs = () => 5000;
    await harness.settleWithin(1000, adasRoom.setRoom({ topic: 'old' }));
    harness.server.fanOutMs = () => 50;
    await harness.settleWithin(1000, adasRoom.setRoom({ topic: 'new' }));
    await harness.time.advance(10_000);
    expect(bobsRoom.topic).toBe('new');
  });
});
