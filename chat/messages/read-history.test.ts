import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import type { Frame } from '../protocol/requests';
import type { Entry } from '../types';
import { createPage } from './page';
import { history } from './read-history';

const ROOM = '483920117';
const PAGE_BYTES = 96 * 1024;

const entry = (seq: number, text = `m${seq}`): Entry => ({
  room: ROOM,
  epoch: 'e1',
  seq,
  kind: 'message',
  messageId: `id-${seq}`,
  from: { userId: 'g-1', username: 'Ada' },
  text,
  ts: Date.parse('2026-01-25T18:50:04.673Z'),
});

const entriesOf = (count: number, text?: string) =>
  Array.from({ length: count }, (_, index) => entry(index + 1, text));

/** Creates a room with the entries and with its head at the last entry, and connects `c1` to the room. */
async function setUp(entries: Entry[], subprotocols = ['roomcast.v1']) {
  const { memory, deps } = createMemoryBackend();
  const seq = entries.at(-1)?.seq ?? 0;
  memory.rooms.set(ROOM, { room: ROOM, epoch: 'e1', seq, shards: 1, lastTs: 0 });
  memory.entries.push(...entries);
  await connect(deps, { connectionId: 'c1', sourceIp: '192.0.2.1', query: { room: ROOM }, subprotocols });
  memory.calls.length = 0;
  const request = (frame: Frame) => history(deps, 'c1', frame);
  return { memory, deps, request };
}

const seqsOf = ({ messages }: { messages: { seq: number }[] }) => messages.map(({ seq }) => seq);
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('history', () => {
  it('returns entries that were stored after the room was read', async () => {
    const { memory, request } = await setUp([entry(1), entry(2)]);
    memory.entries.push(entry(3));
    for (const frame of [{ after: 0 }, {}, { before: 4 }])
      expect(seqsOf(await request({ room: ROOM, ...frame }))).toEqual([1, 2, 3]);
    expect(await request({ room: ROOM, after: 2, limit: 1 })).toMatchObject({ more: false });
  });

  it('returns entries as they were pushed', async () => {
    const clientMsgId = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
    const { request } = await setUp([entry(1), { ...entry(2), clientMsgId }]);
    const common = {
      kind: 'message',
      from: { userId: 'g-1', username: 'Ada' },
      ts: '2026-01-25T18:50:04.673Z',
    };
    expect(await request({ room: ROOM })).toEqual({
      type: 'history',
      room: ROOM,
      epoch: 'e1',
      messages: [
        { ...common, seq: 1, messageId: 'id-1', text: 'm1' },
        { ...common, seq: 2, messageId: 'id-2', text: 'm2', clientMsgId },
      ],
      more: false,
    });
  });

  it.each<[string, Frame, number[], boolean]>([
    ['the latest page', {}, range(151, 250), true],
    ['the latest ten entries', { limit: 10 }, range(241, 250), true],
    ['the first page', { after: 0 }, range(1, 100), true],
    ['a page forward', { after: 100, limit: 7 }, range(101, 107), true],
    ['forward up to the head', { after: 240 }, range(241, 250), false],
    ['the last entry forward', { after: 249, limit: 1 }, [250], false],
    ['the second to last entry forward', { after: 248, limit: 1 }, [249], true],
    ['after the head', { after: 250 }, [], false],
    ['far beyond the head', { after: Number.MAX_SAFE_INTEGER }, [], false],
    ['a page back', { before: 151 }, range(51, 150), true],
    ['back to the first entry', { before: 101 }, range(1, 100), false],
    ['back to the second entry', { before: 12, limit: 10 }, range(2, 11), true],
    ['back to the first entry with a limit', { before: 11, limit: 10 }, range(1, 10), false],
    ['before the first entry', { before: 1 }, [], false],
    ['before sequence 0', { before: 0 }, [], false],
    ['back from beyond the head', { before: Number.MAX_SAFE_INTEGER, limit: 1 }, [250], true],
  ])('reads %s', async (_, frame, seqs, more) => {
    const { request } = await setUp(entriesOf(250));
    const reply = await request({ room: ROOM, ...frame });
    expect(seqsOf(reply)).toEqual(seqs);
    expect(reply).toMatchObject({ type: 'history', room: ROOM, epoch: 'e1', more });
  });

  it.each<[string, Frame, number[], boolean]>([
    ['the latest page', {}, range(31, 40), false],
    ['exactly the remaining entries', { limit: 10 }, range(31, 40), false],
    ['forward over expired entries', { after: 3, limit: 5 }, range(31, 35), true],
    ['back to expired entries', { before: 31 }, [], false],
  ])('ignores expired entries: %s', async (_, frame, seqs, more) => {
    const { request } = await setUp(entriesOf(40).slice(30));
    const reply = await request({ room: ROOM, ...frame });
    expect(seqsOf(reply)).toEqual(seqs);
    expect(reply.more).toBe(more);
  });

  it('returns an empty page if all entries have expired', async () => {
    const { memory, request } = await setUp(entriesOf(40));
    memory.entries.length = 0;
    expect(await request({ room: ROOM, after: 0 })).toMatchObject({ messages: [], more: false });
    expect(await request({ room: ROOM })).toMatchObject({ messages: [], more: false });
  });

  it('pages backward over long messages in pages of at most 96 KiB without a gap', async () => {
    const { request } = await setUp(entriesOf(100, 'é'.repeat(2048)));
    const seqs: number[] = [];
    for (let before = 101, more = true; more; before = seqs[0] ?? 0) {
      const reply = await request({ room: ROOM, before });
      expect(bytesOf(reply.messages)).toBeLessThanOrEqual(PAGE_BYTES);
      expect(reply.messages.length).toBeGreaterThan(0);
      seqs.unshift(...seqsOf(reply));
      more = reply.more;
    }
    expect(seqs).toEqual(range(1, 100));
  });

  it('pages forward over long messages in pages of at most 96 KiB without a gap', async () => {
    const { request } = await setUp(entriesOf(100, '"'.repeat(4096)));
    const seqs: number[] = [];
    for (let after = 0, more = true; more; after = seqs.at(-1) ?? 0) {
      const reply = await request({ room: ROOM, after });
      expect(bytesOf(reply.messages)).toBeLessThanOrEqual(PAGE_BYTES);
      expect(reply.messages.length).toBeGreaterThan(0);
      seqs.push(...seqsOf(reply));
      more = reply.more;
    }
    expect(seqs).toEqual(range(1, 100));
  });

  it('reads the current room of a plain connection', async () => {
    const { request } = await setUp(entriesOf(3), []);
    expect(await request({ limit: 2 })).toMatchObject({ room: ROOM, more: true });
    expect(seqsOf(await request({}))).toEqual([1, 2, 3]);
  });

  it('returns an empty page and the final epoch for a lobby without messages', async () => {
    const { memory, deps } = createMemoryBackend();
    await connect(deps, { connectionId: 'c1', sourceIp: '192.0.2.1', query: {}, subprotocols: [] });
    const reply = await history(deps, 'c1', {});
    expect(reply).toMatchObject({ room: 'lobby', messages: [], more: false });
    expect(memory.rooms.get('lobby')?.epoch).toBe(reply.epoch);
    expect((await history(deps, 'c1', {})).epoch).toBe(reply.epoch);
  });

  it.each<[string, Frame]>([
    ['a limit of 0', { limit: 0 }],
    ['a limit of 101', { limit: 101 }],
    ['a fractional limit', { limit: 1.5 }],
    ['a limit that is a string', { limit: '10' }],
    ['a negative seq', { after: -1 }],
    ['a seq that is a string', { before: '7' }],
    ['a seq beyond the safe integers', { after: 2 ** 53 }],
    ['both directions', { after: 1, before: 7 }],
    ['no room', { room: undefined }],
    ['the internal room of connection records', { room: '@everyone' }],
  ])('rejects %s without reading the log', async (_, frame) => {
    const { memory, request } = await setUp(entriesOf(3));
    await expect(request({ room: ROOM, ...frame })).rejects.toMatchObject({ type: 'invalid-frame' });
    expect(memory.calls).toEqual(['readSender']);
  });

  it('returns the same error after the same reads for missing rooms and non-members', async () => {
    const { memory, request } = await setUp(entriesOf(3));
    const other = '483920118';
    memory.rooms.set(other, { room: other, epoch: 'e2', seq: 9, shards: 1, lastTs: 0 });
    const probe = async (room: string) => {
      memory.calls.length = 0;
      const problem = await request({ room }).catch((error) => error.toProblem());
      return { problem, calls: [...memory.calls] };
    };
    const notJoined = await probe(other);
    expect(notJoined).toMatchObject({
      problem: { type: 'urn:roomcast:unknown-room' },
      calls: ['readSender'],
    });
    expect(await probe('999999999')).toEqual(notJoined);
  });

  it('rejects a member of a room that no longer exists', async () => {
    const { memory, request } = await setUp(entriesOf(3));
    memory.rooms.delete(ROOM);
    await expect(request({ room: ROOM })).rejects.toMatchObject({
      type: 'unknown-room',
      detail: 'The room does not exist, or you are not a member. Check the number, or join the room.',
    });
  });

  it('rejects a connection without a record', async () => {
    const { deps } = await setUp([]);
    await expect(history(deps, 'unknown', { room: ROOM })).rejects.toMatchObject({
      type: 'unauthenticated',
      detail: expect.stringContaining('Connect again'),
    });
  });
});

describe('page', () => {
  it.each([
    [0, 10, false],
    [1, 9, true],
  ])('limits its size: of ten entries with 96 KiB + %i bytes, it contains %i', (over, count, isTruncated) => {
    const entries = entriesOf(9, 'x'.repeat(9000));
    // Choose the size of the tenth entry so that it fills the page to its limit: subtract the size of the nine entries, a
    // comma, and the tenth entry's frame without text.
    const used = bytesOf(createPage(entries, { from: 'oldest' }).messages) + 1;
    const empty = bytesOf(createPage([entry(10, '')], { from: 'oldest' }).messages[0]);
    entries.push(entry(10, 'x'.repeat(PAGE_BYTES - used - empty + over)));
    const page = createPage(entries, { from: 'oldest' });
    expect(page.messages).toHaveLength(count);
    expect(page.isTruncated).toBe(isTruncated);
    expect(bytesOf(page.messages)).toBeLessThanOrEqual(PAGE_BYTES);
  });

  it('contains at most 100 entries, the newest or the oldest, in log order', () => {
    const entries = entriesOf(101, '');
    const oldest = createPage(entries, { from: 'oldest' });
    const newest = createPage(entries, { from: 'newest' });
    expect([oldest.isTruncated, newest.isTruncated]).toEqual([true, true]);
    expect(seqsOf(oldest)).toEqual(range(1, 100));
    expect(seqsOf(newest)).toEqual(range(2, 101));
    expect(createPage(entriesOf(100, ''), { from: 'newest' }).isTruncated).toBe(false);
    expect(createPage([], { from: 'newest' })).toEqual({ messages: [], isTruncated: false });
  });

  it('contains the longest possible text, even if escaping doubles its length', () => {
    // If an entry did not fit into a page, no client could read past the entry.
    expect(createPage([entry(1, 'x'.repeat(PAGE_BYTES))], { from: 'newest' }).messages).toHaveLength(1);
    expect(createPage([entry(1, '"'.repeat(16_384))], { from: 'oldest' })).toMatchObject({
      isTruncated: false,
    });
  });
});
