import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { deleteMessage } from '../messages/change';
import { react } from '../messages/react';
import { sendMessage } from '../messages/send';
import { SYSTEM } from '../moderation/roles';
import { createRoom } from '../rooms/new-room';
import type { Entry, Room } from '../types';
import type { ScanPosition, UserRecord } from './ports';
import { eraseUser, exportUser, type UserDataDependencies } from './user-data';

const KILOBYTE = 1024;
const POSITION = { pk: 'end', sk: 'of a part' };

/** Returns a record whose data has the given size in JSON. */
function recordOf(bytes: number, more: Partial<UserRecord> = {}): UserRecord {
  const data = { type: 'test', text: '' };
  return {
    data: { ...data, text: 'x'.repeat(bytes - JSON.stringify(data).length) },
    position: { pk: `${bytes}`, sk: 'record' },
    erase: async () => {},
    ...more,
  };
}

/** Creates a room of Ada with one message. The scan of all data returns `parts`. */
async function setUp(parts: readonly (readonly UserRecord[])[] = []) {
  const { memory, clock, deps } = createMemoryBackend();
  await connect(deps, {
    ...{ connectionId: 'ada', query: {}, subprotocols: ['roomcast.v1'], sourceIp: '192.0.2.1' },
  });
  const { room, you } = await createRoom(deps, 'ada', {});
  await sendMessage(deps, 'ada', { room, text: 'one' });
  memory.published.length = 0;
  const cursors = new Map<string, ScanPosition>();
  const reads: (ScanPosition | undefined)[] = [];
  const scanned = [...parts];
  const userData: UserDataDependencies['userData'] = {
    readPart: async (_, after) => {
      reads.push(after);
      const records = [...(scanned.shift() ?? [])];
      return { records, end: scanned.length > 0 ? POSITION : undefined };
    },
    storeCursor: async (_, position) => {
      cursors.set(`cursor ${cursors.size}`, position);
      return `cursor ${cursors.size - 1}`;
    },
    readCursor: async (_, cursor) => cursors.get(cursor),
  };
  const operations: UserDataDependencies = { ...deps, userData };
  const entry = memory.entries[0] as Entry;
  const changeRoom = (attributes: Partial<Room>) =>
    memory.rooms.set(room, { ...(memory.rooms.get(room) as Room), ...attributes });
  return { memory, clock, deps, operations, room, you, entry, reads, cursors, changeRoom };
}

describe('exportUser', () => {
  it('returns the records of all parts', async () => {
    const parts = [[recordOf(100)], [], [recordOf(200), recordOf(300)]];
    const { operations, you, reads } = await setUp(parts);
    const { records, ...reply } = await exportUser(operations, { userId: you.userId });
    expect(records).toEqual(parts.flat().map(({ data }) => data));
    expect(reply).toEqual({ userId: you.userId });
    expect(reads).toEqual([undefined, POSITION, POSITION]);
  });

  it.each([
    [1024 * KILOBYTE, 1],
    [1024 * KILOBYTE - 1, 2],
    [512 * KILOBYTE, 2],
    [300 * KILOBYTE, 4],
  ])('ends a page with records of %i bytes after %i records', async (bytes, count) => {
    const part = Array.from({ length: 5 }, () => recordOf(bytes));
    const { operations, you, cursors } = await setUp([part]);
    const { records, cursor } = await exportUser(operations, { userId: you.userId });
    expect(records).toHaveLength(count);
    expect(cursors.get(cursor as string)).toEqual(part[0]?.position);
  });

  it('continues after the position of the cursor', async () => {
    const { operations, you, cursors, reads } = await setUp([[]]);
    cursors.set('cursor', { pk: 'a', sk: 'b' });
    expect(await exportUser(operations, { userId: you.userId, cursor: 'cursor' })).toEqual({
      ...{ userId: you.userId, records: [] },
    });
    expect(reads).toEqual([{ pk: 'a', sk: 'b' }]);
  });

  it.each([
    [9_999, undefined],
    [10_000, POSITION],
  ])('returns a cursor if a part ends %i ms after the start: %j', async (ms, position) => {
    const { operations, you, clock, cursors } = await setUp([[], []]);
    const { readPart } = operations.userData;
    operations.userData = {
      ...operations.userData,
      readPart: async (...range) => {
        const part = await readPart(...range);
        if (part.end) clock.now += ms;
        return part;
      },
    };
    const { cursor } = await exportUser(operations, { userId: you.userId });
    expect(cursor && cursors.get(cursor)).toEqual(position);
  });
});

describe('eraseUser', () => {
  it('counts the erased records', async () => {
    const { operations, you } = await setUp([[recordOf(100), recordOf(100)]]);
    expect(await eraseUser(operations, { userId: you.userId })).toEqual({ userId: you.userId, erased: 2 });
  });

  it('closes the connections of the user in the first request only', async () => {
    const { operations, memory, you, cursors } = await setUp([[]]);
    cursors.set('cursor', POSITION);
    await eraseUser(operations, { userId: you.userId, cursor: 'cursor' });
    expect(memory.closed).toEqual([]);
    await eraseUser(operations, { userId: you.userId });
    expect(memory.closed).toEqual(['ada']);
  });

  it('returns a cursor if the time limit is reached exactly after a record', async () => {
    const { operations, you, clock, cursors } = await setUp([]);
    const record = recordOf(100, {
      erase: async () => {
        clock.now += 10_000;
      },
    });
    operations.userData.readPart = async () => ({ records: [record, record], end: undefined });
    const { erased, cursor } = await eraseUser(operations, { userId: you.userId });
    expect([erased, cursors.get(cursor as string)]).toEqual([1, record.position]);
  });

  it('deletes messages for clients before it erases them', async () => {
    const { operations, memory, you, entry } = await setUp([]);
    const published: string[][] = [];
    const erase = async () => void published.push(memory.publishedTypes());
    operations.userData.readPart = async () => ({
      records: [recordOf(100, { entry, erase })],
      end: undefined,
    });
    await eraseUser(operations, { userId: you.userId });
    expect(published).toEqual([['MessageDeleted']]);
  });

  it('publishes a deletion again if the system has made it, but not the deletion of a user', async () => {
    const { operations, memory, deps, you, room } = await setUp([]);
    await sendMessage(deps, 'ada', { room, text: 'two' });
    const read = () => memory.rooms.get(room) as Room;
    await deleteMessage(deps, { ...you, role: 'owner' }, { room: read(), seq: 1 });
    await deleteMessage(deps, SYSTEM, { room: read(), seq: 2 });
    const entries = memory.entries.filter(({ kind }) => kind === 'void' || kind === 'deleted');
    expect(entries.map(({ kind }) => kind)).toEqual(['void', 'void', 'deleted', 'deleted']);
    operations.userData.readPart = async () => ({
      ...{ records: entries.map((entry) => recordOf(100, { entry })), end: undefined },
    });
    memory.published.length = 0;
    await eraseUser(operations, { userId: you.userId });
    expect(memory.published).toMatchObject([{ type: 'MessageDeleted', detail: { target: 2 } }]);
  });

  it('publishes no deletion for a message without a text whose deletion is not in the log', async () => {
    const { operations, memory, you, entry } = await setUp([]);
    const { changeSeq: _, ...other } = { ...entry, kind: 'void' as const };
    const records = [other, { ...other, changeSeq: 99 }].map((each) => recordOf(100, { entry: each }));
    operations.userData.readPart = async () => ({ records, end: undefined });
    expect(await eraseUser(operations, { userId: you.userId })).toMatchObject({ erased: 2 });
    expect(memory.published).toEqual([]);
  });

  it('erases a message that expires in the meantime', async () => {
    const { operations, memory, you, entry } = await setUp([]);
    const records = [recordOf(100, { entry: { ...entry, seq: 7 } })];
    operations.userData.readPart = async () => ({ records, end: undefined });
    expect(await eraseUser(operations, { userId: you.userId })).toMatchObject({ erased: 1 });
    expect(memory.published).toEqual([]);
  });

  it('fails if a deletion cannot be published, and does not erase the message', async () => {
    const { operations, memory, you, entry } = await setUp([]);
    const erase = jest.fn();
    operations.userData.readPart = async () => ({
      records: [recordOf(100, { entry, erase })],
      end: undefined,
    });
    memory.publishFailures = 1;
    await expect(eraseUser(operations, { userId: you.userId })).rejects.toMatchObject({
      type: 'unavailable',
    });
    expect(erase).not.toHaveBeenCalled();
  });

  describe('of a user who has reacted to a message', () => {
    /** Erases the reaction of Ada to the first message. */
    async function eraseReaction(change: (scene: Awaited<ReturnType<typeof setUp>>) => unknown) {
      const scene = await setUp([]);
      const { operations, memory, deps, room, you, entry, clock } = scene;
      await react(deps, 'ada', { room, seq: 1, emoji: '👍' });
      clock.now += 60_000;
      const reactedTo = { room, epoch: entry.epoch, seq: 1 };
      operations.userData.readPart = async () => ({
        records: [recordOf(100, { reactedTo })],
        end: undefined,
      });
      memory.published.length = 0;
      await change(scene);
      expect(await eraseUser(operations, { userId: you.userId })).toMatchObject({ erased: 1 });
      return memory;
    }

    it('publishes the counts without the reaction', async () => {
      const { published } = await eraseReaction(() => {});
      expect(published).toMatchObject([{ type: 'MessageReacted', detail: { target: 1, reactions: [] } }]);
    });

    it.each<[string, (scene: Awaited<ReturnType<typeof setUp>>) => unknown]>([
      ['the room does not exist any more', ({ memory, room }) => memory.rooms.delete(room)],
      ['the room has started its next log', ({ changeRoom }) => changeRoom({ epoch: 'next' })],
      ['the message has expired', ({ memory }) => memory.entries.shift()],
      [
        'the message was deleted',
        ({ memory, entry }) => memory.entries.splice(0, 1, { ...entry, kind: 'void' }),
      ],
    ])('publishes nothing if %s', async (_, change) => {
      const { published } = await eraseReaction(change);
      expect(published).toEqual([]);
    });
  });
});
