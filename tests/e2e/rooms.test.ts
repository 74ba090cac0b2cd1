import { randomUUID } from 'node:crypto';
import { eventually } from '../../testbed/client';
import { MAX_CLOCK_DIFFERENCE_MS } from '../support/clocks';
import {
  createClientPool,
  jsonFrames,
  randomRoomNumber,
  sendMessage,
  sendRequest,
  TIMESTAMP,
  waitForMembers,
  waitForPushes,
} from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

const v1 = { protocols: ['roomcast.v1'] };
const RETENTION_DAYS = 3;
/** A fault that rejects a join because of another transaction on the connection record. */
const TRANSACTION_CONFLICT = {
  service: 'dynamodb',
  action: 'TransactWriteItems',
  kind: 'fail',
  status: 400,
  error: 'TransactionCanceledException',
  fields: { CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }] },
} as const;
const USER_ID = expect.stringMatching(/^g-[\w-]{22}$/);

/** Covers the requests of the protocol reference. */
describe('rooms in roomcast.v1', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    stack = await stackUnderTest(['--parameter-overrides', `RetentionDays=${RETENTION_DAYS}`]);
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  /** Creates a room with two members who both receive pushes. */
  const createPair = async () => {
    const [ada, bob] = [await open(v1), await open(v1)];
    const created = await sendRequest(ada, { action: 'createRoom', username: 'Ada' });
    const joined = await sendRequest(bob, { action: 'joinRoom', room: created.room, username: 'Bob' });
    await waitForMembers(ada, created.room, 2);
    return { ada, bob, created, joined, room: created.room as string, epoch: created.epoch as string };
  };

  it('createRoom: opens a direct room, and announces its messages to the other user until the user joins', async () => {
    const [ada, bob] = [await open(v1), await open(v1)];
    const { you } = await sendRequest(bob, { action: 'ping' });
    const request = { action: 'createRoom', kind: 'direct', with: you.userId, username: 'Ada' };
    const { room, you: from } = await sendRequest(ada, request);
    await sendMessage(ada, room, 'hello');
    const notices = await waitForPushes(bob, 'directMessage', 1);
    expect(notices).toEqual([{ type: 'directMessage', room, from, ts: TIMESTAMP }]);
    expect(await sendRequest(bob, { action: 'joinRoom', room })).toMatchObject({
      kind: 'direct',
      headSeq: 1,
    });
    await waitForMembers(bob, room, 2);
    await sendMessage(ada, room, 'psst');
    await waitForPushes(bob, 'message', 1);
    expect(jsonFrames(bob, 'directMessage')).toEqual(notices);
    expect(await sendRequest(bob, { action: 'block', room })).toEqual({ type: 'blocked', room });
    expect(await sendRequest(bob, { action: 'joinRoom', room })).toMatchObject({ blocked: true });
    expect(await sendRequest(bob, { action: 'unblock', room })).toEqual({ type: 'unblocked', room });
    expect(await sendRequest(bob, { action: 'joinRoom', room })).not.toHaveProperty('blocked');
  });

  it('createRoom: returns a nine-digit room number and joins the creator', async () => {
    const ada = await open(v1);
    expect(await sendRequest(ada, { action: 'createRoom', name: 'Engine room', username: ' Ada ' })).toEqual({
      type: 'created',
      room: expect.stringMatching(/^[1-9]\d{8}$/),
      name: 'Engine room',
      epoch: expect.stringMatching(/./),
      headSeq: 0,
      memberCount: 1,
      you: { userId: USER_ID, username: 'Ada' },
      role: 'owner',
      recovered: false,
      messages: [],
      more: false,
    });
    const unnamed = await sendRequest(ada, { action: 'createRoom' });
    expect(unnamed).not.toHaveProperty('name');
    expect(unnamed.you.username).toMatch(/^guest-\d{4}$/);
  });

  it('joinRoom: returns the same fields as created, and notifies the other members', async () => {
    const ada = await open({ ...v1, query: { username: 'Ada' } });
    const created = await sendRequest(ada, { action: 'createRoom', name: 'Engine room' });
    await waitForMembers(ada, created.room, 1);
    const bob = await open(v1);
    const joined = await sendRequest(bob, { action: 'joinRoom', room: created.room, username: 'Bob' });
    expect(joined).toEqual({
      ...created,
      type: 'joined',
      memberCount: 2,
      you: { userId: USER_ID, username: 'Bob' },
      role: 'member',
    });
    expect(joined.you.userId).not.toBe(created.you.userId);
    const push = await eventually(async () =>
      jsonFrames(ada, 'memberJoined').find(({ member }) => member.username === 'Bob'),
    );
    expect(push).toEqual({
      type: 'memberJoined',
      room: created.room,
      member: joined.you,
      memberCount: 2,
      ts: TIMESTAMP,
    });
  });

  it('joinRoom: returns unknown-room for a room that does not exist', async () => {
    const ada = await open(v1);
    expect(await sendRequest(ada, { action: 'joinRoom', room: randomRoomNumber() })).toEqual({
      type: 'error',
      problem: {
        type: 'urn:roomcast:unknown-room',
        title: expect.any(String),
        status: 404,
        detail: expect.any(String),
        temporary: false,
      },
    });
  });

  it('sendmessage: acknowledges the message and pushes it only to members', async () => {
    const { ada, bob, room, epoch, created } = await createPair();
    const [outsider, stranger] = [await open(v1), await open(v1)];
    const { room: otherRoom } = await sendRequest(stranger, { action: 'createRoom' });
    await waitForMembers(stranger, otherRoom, 1);

    const clientMsgId = randomUUID();
    const ack = await sendRequest(ada, {
      action: 'sendmessage',
      room,
      text: 'for both',
      clientMsgId,
    });
    expect(ack).toEqual({
      type: 'ack',
      room,
      seq: 1,
      messageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      clientMsgId,
      ts: TIMESTAMP,
      duplicate: false,
    });
    const { type: _, duplicate: __, ...stored } = ack;
    const push = {
      ...stored,
      type: 'message',
      epoch,
      kind: 'message',
      from: created.you,
      text: 'for both',
    };
    expect(await waitForPushes(bob, 'message', 1)).toEqual([push]);
    expect(await waitForPushes(ada, 'message', 1)).toEqual([push]);

    // Pushes to the wrong room would arrive before these pushes.
    await sendMessage(stranger, otherRoom, 'elsewhere');
    expect(await waitForPushes(stranger, 'message', 1)).toMatchObject([
      { room: otherRoom, text: 'elsewhere' },
    ]);
    await sendRequest(outsider, { action: 'ping' });
    expect(jsonFrames(outsider).map(({ type }) => type)).toEqual(['pong']);
    expect(jsonFrames(bob, 'message')).toHaveLength(1);
  });

  it('history: supports after, before and limit, and returns the oldest entries first', async () => {
    const { ada, bob, room, epoch } = await createPair();
    for (const text of ['one', 'two', 'three', 'four', 'five']) await sendMessage(ada, room, text);
    const seqs = async (range: object) => {
      const page = await sendRequest(bob, { action: 'history', room, ...range });
      expect(page).toMatchObject({ type: 'history', room, epoch });
      return [page.messages.map(({ seq }: { seq: number }) => seq), page.more];
    };
    expect(await seqs({})).toEqual([[1, 2, 3, 4, 5], false]);
    expect(await seqs({ after: 2 })).toEqual([[3, 4, 5], false]);
    expect(await seqs({ after: 0, limit: 2 })).toEqual([[1, 2], true]);
    expect(await seqs({ after: 3, limit: 2 })).toEqual([[4, 5], false]);
    expect(await seqs({ before: 4 })).toEqual([[1, 2, 3], false]);
    expect(await seqs({ before: 4, limit: 2 })).toEqual([[2, 3], true]);
    expect(await seqs({ before: 3, limit: 2 })).toEqual([[1, 2], false]);
    expect(await seqs({ limit: 2 })).toEqual([[4, 5], true]);
    expect(await seqs({ after: 5 })).toEqual([[], false]);
    expect(await seqs({ after: 99 })).toEqual([[], false]);
    expect(await seqs({ before: 1 })).toEqual([[], false]);

    // An entry has the fields of the push, except the fields that the page contains only once.
    const first = (await waitForPushes(bob, 'message', 5)).find(({ seq }) => seq === 1); // pushes arrive in any order
    const { type: _, room: __, epoch: ___, ...entry } = first;
    const { messages } = await sendRequest(bob, { action: 'history', room, limit: 1, before: 2 });
    expect(messages).toEqual([entry]);
  });

  it('members: returns the members, their join times and the member count', async () => {
    const { bob, room, created, joined } = await createPair();
    const page = await sendRequest(bob, { action: 'members', room });
    expect(page).toEqual({ type: 'members', room, memberCount: 2, members: expect.any(Array) });
    const members = [
      { ...created.you, joinedAt: TIMESTAMP, role: 'owner' },
      { ...joined.you, joinedAt: TIMESTAMP },
    ];
    expect(page.members).toHaveLength(2);
    expect(page.members).toEqual(expect.arrayContaining(members));
  });

  it('ping: returns the identity, the limits and the head sequences', async () => {
    const { bob, room } = await createPair();
    const other = await sendRequest(bob, { action: 'createRoom' });
    await sendMessage(bob, room, 'one');
    await sendMessage(bob, room, 'two');
    expect(await sendRequest(bob, { action: 'ping' })).toEqual({
      type: 'pong',
      ts: TIMESTAMP,
      you: { userId: other.you.userId, username: expect.any(String) },
      limits: {
        textBytes: 4096,
        ratePerSecond: stack.local ? 10 : expect.any(Number),
        burst: 20,
        page: 100,
        read: { members: 19, seconds: 5 },
      },
      rooms: { [room]: 2, [other.room]: 0 },
    });
  });

  it('leaveRoom: notifies the other members, and returns unknown-room for later requests', async () => {
    const { ada, bob, room, joined } = await createPair();
    expect(await sendRequest(bob, { action: 'leaveRoom', room })).toEqual({ type: 'left', room });
    expect(await waitForPushes(ada, 'memberLeft', 1)).toEqual([
      { type: 'memberLeft', room, member: joined.you, memberCount: 1, ts: TIMESTAMP },
    ]);
    for (const request of [
      { action: 'sendmessage', text: 'hello?' },
      { action: 'history' },
      { action: 'members' },
      { action: 'leaveRoom' },
    ]) {
      expect(await sendRequest(bob, { ...request, room })).toMatchObject({
        type: 'error',
        problem: { type: 'urn:roomcast:unknown-room', status: 404 },
      });
    }
    expect(await sendRequest(bob, { action: 'ping' })).toMatchObject({ rooms: {} });
    expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({ memberCount: 1 });
  });

  itWithTables('leaveRoom: deletes only the membership row', async () => {
    const { bob, room, joined } = await createPair();
    const rows = async () =>
      (await stack.scan('ConnectionsTable'))
        .filter(({ userId }) => userId === joined.you.userId)
        .map((row) => row.room);
    expect((await rows()).sort()).toEqual([room, '@everyone'].sort());
    await sendRequest(bob, { action: 'leaveRoom', room });
    expect(await rows()).toEqual(['@everyone']);
  });

  it('joinRoom with resume: returns exactly the missed messages, or recovered false', async () => {
    const { ada, bob, room, epoch } = await createPair();
    await sendMessage(ada, room, 'received');
    await bob.close();
    await sendMessage(ada, room, 'missed');
    await sendMessage(ada, room, 'missed too');

    const back = await open(v1);
    const rejoin = (resume: object) => sendRequest(back, { action: 'joinRoom', room, resume });
    const recovered = await rejoin({ epoch, lastSeq: 1 });
    expect(recovered).toMatchObject({ recovered: true, headSeq: 3, more: false });
    const { messages } = await sendRequest(ada, { action: 'history', room, after: 1 });
    expect(recovered.messages).toEqual(messages);
    expect(messages.map(({ text }: { text: string }) => text)).toEqual(['missed', 'missed too']);

    expect(await rejoin({ epoch, lastSeq: 3 })).toMatchObject({ recovered: true, messages: [], more: false });
    const notRecovered = { type: 'joined', epoch, headSeq: 3, recovered: false, messages: [], more: false };
    expect(await rejoin({ epoch: 'another', lastSeq: 1 })).toMatchObject(notRecovered);
    expect(await rejoin({ epoch, lastSeq: 4 })).toMatchObject(notRecovered);
  });

  itWithTables(
    'joinRoom with resume: returns recovered false if the missed messages have expired',
    async () => {
      const { ada, room, epoch } = await createPair();
      const before = Math.floor(Date.now() / 1000);
      for (const text of ['received', 'missed']) await sendMessage(ada, room, text);
      const log = (await stack.scan('ChatTable')).filter(
        (item) => item.room === room && item.kind === 'message',
      );
      expect(log).toHaveLength(2);
      for (const { pk, sk, expiresAt } of log) {
        expectRetention(Number(expiresAt) - before, stack.parameters);
        await stack.update('ChatTable', { pk, sk }, { expiresAt: before - 1 });
      }
      const back = await open(v1);
      const joined = await sendRequest(back, { action: 'joinRoom', room, resume: { epoch, lastSeq: 1 } });
      expect(joined).toMatchObject({ epoch, headSeq: 2, recovered: false, messages: [] });
      expect(await sendRequest(back, { action: 'history', room })).toMatchObject({
        messages: [],
        more: false,
      });
      expect(await sendMessage(ada, room, 'new')).toMatchObject({ seq: 3 });
    },
  );

  it('joinRoom: accepts ten concurrent joins when a client reconnects', async () => {
    const options = { protocols: ['roomcast.v1', `guest.${randomUUID()}`] };
    const first = await open(options);
    const rooms: string[] = [];
    while (rooms.length < 10) rooms.push((await sendRequest(first, { action: 'createRoom' })).room);
    await first.close();

    const second = await open(options);
    // The joins can conflict, because all of them check the same record. On the local runtime, the test injects ten more
    // conflicts.
    const countTransactions = async () => (await stack.local?.calls())?.['dynamodb.TransactWriteItems'] ?? 0;
    await stack.local?.addFault({ ...TRANSACTION_CONFLICT, times: rooms.length });
    const before = await countTransactions();
    const joined = await Promise.all(rooms.map((room) => sendRequest(second, { action: 'joinRoom', room })));
    if (stack.local) expect(await countTransactions()).toBeGreaterThanOrEqual(before + 2 * rooms.length);
    expect(joined.map(({ type, room }) => ({ type, room }))).toEqual(
      rooms.map((room) => ({ type: 'joined', room })),
    );
    await eventually(async () => {
      const pages = rooms.map((room) => sendRequest(second, { action: 'members', room }));
      return (await Promise.all(pages)).every(({ memberCount }) => memberCount === 1);
    });
  });
});

/** Asserts that an entry expires after the retention period. */
function expectRetention(seconds: number, { RetentionDays }: StackUnderTest['parameters']) {
  const expected = Number(RetentionDays) * 24 * 3600;
  expect(seconds).toBeGreaterThanOrEqual(expected - MAX_CLOCK_DIFFERENCE_MS / 1000);
  expect(seconds).toBeLessThan(expected + 60);
}
