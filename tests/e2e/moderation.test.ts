import { randomUUID } from 'node:crypto';
import { type Client, eventually } from '../../testbed/client';
import {
  createClientPool,
  jsonFrames,
  sendMessage,
  sendRequest,
  TIMESTAMP,
  waitForMembers,
  waitForPushes,
} from '../support/conversation';
import { type StackUnderTest, stackUnderTest } from '../support/stack';

describe('moderation', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);
  const openUser = (name: string) =>
    open({ protocols: ['roomcast.v1', `guest.guest-secret-of-${name}-${stack.wsUrl.length}-000000`] });

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  it('removes a banned user, closes the connections of the user, and rejects joins and handshakes', async () => {
    const [ada, eve] = [await openUser('ada'), await openUser('eve')];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const { you } = await sendRequest(eve, { action: 'joinRoom', room });
    await waitForMembers(ada, room, 2);
    expect(await sendRequest(ada, { action: 'ban', room, userId: you.userId })).toEqual({
      ...{ type: 'banned', room, userId: you.userId },
    });
    await eventually(async () => eve.closed);
    expect(jsonFrames(eve, 'removed')).toEqual([{ type: 'removed', room, reason: 'banned', ts: TIMESTAMP }]);
    await waitForMembers(ada, room, 1);
    const again = await openUser('eve');
    const rejected = await sendRequest(again, { action: 'joinRoom', room });
    expect(rejected.problem.type).toBe('urn:roomcast:forbidden');
    const handshake = open({
      protocols: ['roomcast.v1', `guest.guest-secret-of-eve-${stack.wsUrl.length}-000000`],
      query: { room },
    });
    await expect(handshake).rejects.toMatchObject({ status: 403 });
    await sendRequest(ada, { action: 'unban', room, userId: you.userId });
    expect((await sendRequest(again, { action: 'joinRoom', room })).type).toBe('joined');
  });

  it('admits users with an invite, and notifies them when they are kicked or the room changes', async () => {
    const [ada, bob] = [await openUser('ada'), await openUser('bob')];
    const { room } = await sendRequest(ada, { action: 'createRoom', kind: 'invite' });
    const uninvited = await sendRequest(bob, { action: 'joinRoom', room });
    expect(uninvited.problem.detail).toBe('This room requires an invite.');
    const { invite } = await sendRequest(ada, { action: 'invite', room, role: 'reader' });
    const joined = await sendRequest(bob, { action: 'joinRoom', room, invite });
    expect(joined).toMatchObject({ type: 'joined', kind: 'invite', role: 'reader' });
    expect((await sendMessage(bob, room, 'hi')).problem.type).toBe('urn:roomcast:forbidden');
    const { userId } = joined.you;
    await waitForMembers(ada, room, 2);
    await sendRequest(ada, { action: 'setRole', room, userId, role: 'member' });
    expect((await sendMessage(bob, room, 'hi')).type).toBe('ack');
    await sendRequest(ada, { action: 'setRoom', room, topic: 'Tea' });
    expect((await waitForPushes(bob, 'roomChanged', 1))[0]).toMatchObject({ room, topic: 'Tea' });
    expect((await waitForPushes(bob, 'roleChanged', 1))[0]).toMatchObject({ room, userId, role: 'member' });
    await sendRequest(ada, { action: 'kick', room, userId });
    expect((await waitForPushes(bob, 'removed', 1))[0]).toMatchObject({ room, reason: 'kicked' });
    expect((await sendMessage(bob, room, 'hi')).problem.type).toBe('urn:roomcast:unknown-room');
  });

  it('lists and revokes invites, restricts writing to signed-in users, and bans an IP address', async () => {
    const [ada, bob, eve] = [await openUser('ada'), await openUser('bob'), await openUser('eve')];
    const { room } = await sendRequest(ada, { action: 'createRoom', kind: 'invite' });
    const { invite, inviteId } = await sendRequest(ada, { action: 'invite', room, uses: 2 });
    const joined = await sendRequest(bob, { action: 'joinRoom', room, invite });
    expect(await sendRequest(ada, { action: 'invites', room })).toMatchObject({
      invites: [{ inviteId, usesLeft: 1, role: 'member' }],
    });
    await sendRequest(ada, { action: 'revokeInvite', room, inviteId });
    const late = await sendRequest(eve, { action: 'joinRoom', room, invite });
    expect(late.problem.type).toBe('urn:roomcast:forbidden');
    await sendRequest(ada, { action: 'setRoom', room, writers: 'signedIn' });
    expect((await sendMessage(bob, room, 'hi')).problem.detail).toBe(
      'Only signed-in users can write in this room.',
    );
    const ban = { action: 'ban', room, userId: joined.you.userId, seconds: 60, address: true };
    expect(await sendRequest(ada, ban)).toMatchObject({ type: 'banned', addressUntil: TIMESTAMP });
    const { invite: other } = await sendRequest(ada, { action: 'invite', room });
    const banned = await sendRequest(eve, { action: 'joinRoom', room, invite: other });
    expect(banned.problem.detail).toMatch(/^You are banned from this room until/);
  });

  it('deletes and edits messages, pushes the changes, and replays them to a client that returns', async () => {
    const [ada, bob] = [await openUser('ada'), await openUser('bob')];
    const { room, epoch, you } = await sendRequest(ada, { action: 'createRoom' });
    await sendRequest(bob, { action: 'joinRoom', room });
    await waitForMembers(ada, room, 2);
    for (const text of ['first', 'second']) await sendMessage(bob, room, text);
    const edited = await sendRequest(bob, { action: 'editMessage', room, seq: 1, text: 'first!' });
    expect(edited).toMatchObject({ type: 'ack', room, seq: 3, duplicate: false });
    const foreign = await sendRequest(ada, { action: 'editMessage', room, seq: 1, text: 'mine' });
    expect(foreign.problem.type).toBe('urn:roomcast:forbidden');
    const deleted = await sendRequest(ada, { action: 'deleteMessage', room, seq: 2 });
    expect(deleted).toMatchObject({ type: 'ack', seq: 4 });
    const again = await sendRequest(ada, { action: 'deleteMessage', room, seq: 2 });
    expect(again).toEqual({ ...deleted, duplicate: true });
    const pushes = await waitForPushes(bob, 'message', 4);
    expect(pushes.find(({ seq }) => seq === 3)).toMatchObject({
      kind: 'edited',
      target: 1,
      text: 'first!',
      epoch,
    });
    expect(pushes.find(({ seq }) => seq === 4)).toMatchObject({
      kind: 'deleted',
      target: 2,
      text: '',
      from: you,
    });
    const { messages } = await sendRequest(bob, { action: 'joinRoom', room, resume: { epoch, lastSeq: 0 } });
    expect(messages).toMatchObject([
      { seq: 1, kind: 'message', text: 'first!', edited: true },
      { seq: 2, kind: 'void', text: '' },
      { seq: 3, kind: 'edited', target: 1, text: 'first!' },
      { seq: 4, kind: 'deleted', target: 2, text: '' },
    ]);
    const missing = await sendRequest(ada, { action: 'deleteMessage', room, seq: 99 });
    expect(missing.problem.type).toBe('urn:roomcast:unknown-message');
  });

  it('assigns consecutive sequence numbers to concurrent messages and deletions', async () => {
    const [ada, bob] = [await openUser('ada'), await openUser('bob')];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    await sendRequest(bob, { action: 'joinRoom', room });
    const seqs = Array.from({ length: 10 }, (_, index) => index + 1);
    for (const seq of seqs) await sendMessage(ada, room, `message ${seq}`);
    // Retries a request that lost too many races, as the protocol requires.
    const request = (client: Client, frame: object) =>
      eventually(async () => {
        const reply = await sendRequest(client, { ...frame, room });
        return reply.type === 'ack' && reply;
      }, 45_000);
    const deletions = seqs.map((seq) => request(ada, { action: 'deleteMessage', seq }));
    const messages = seqs.map((seq) =>
      request(bob, { action: 'sendmessage', text: `reply ${seq}`, clientMsgId: randomUUID() }),
    );
    const acks = await Promise.all([...deletions, ...messages]);
    const taken = acks.map(({ seq }) => seq).sort((a, b) => a - b);
    expect(taken).toEqual(Array.from({ length: 20 }, (_, index) => index + 11));
    const page = await sendRequest(ada, { action: 'history', room, after: 0 });
    const kinds = page.messages.slice(0, 10).map(({ kind }: { kind: string }) => kind);
    expect(kinds).toEqual(seqs.map(() => 'void'));
  });
});
