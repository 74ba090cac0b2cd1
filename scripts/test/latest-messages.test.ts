import { BatchWriteCommand, DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { entryItem, entryKey } from '../../aws/dynamodb/items';
import type { Entry, Room, Session } from '../../chat/types';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';
import { findLatestMessages } from '../admin/sessions/latest-messages';

const [KITCHEN, GARDEN] = ['111111111', '222222222'];
const now = Date.now();

describe('findLatestMessages', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;

  beforeEach(async () => {
    tables = await startTables();
    for (const room of [KITCHEN, GARDEN])
      await tables.log.insertRoom({ room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
  });
  afterEach(() => tables.stop());

  const session = (connectionId: string, rooms: string[], connectionTime = now - 1000): Session => ({
    ...{ connectionId, userId: `g-${connectionId}`, username: 'Ada', connectionTime },
    rooms: new Set(rooms),
  });
  const message = (seq: number, connectionId: string, more: Partial<Entry> = {}): Entry => ({
    ...{ room: KITCHEN, epoch: 'e', seq, kind: 'message', messageId: `m${seq}`, ts: now + seq },
    ...{ from: { userId: 'g-1', username: 'Ada' }, text: `${connectionId} ${seq}`, connectionId },
    ...more,
  });
  const readRoom = async (room: string) => (await tables.log.readRoom(room)) as Room;
  const append = async (entry: Entry) => tables.log.append({ room: await readRoom(entry.room), entry });
  const writeEntries = async (entries: Entry[]) => {
    for (let start = 0; start < entries.length; start += 25) {
      const puts = entries
        .slice(start, start + 25)
        .map((entry) => ({ PutRequest: { Item: entryItem(entry, RETENTION_DAYS) } }));
      await tables.client.send(new BatchWriteCommand({ RequestItems: { [tables.chatTable]: puts } }));
    }
  };
  const find = async (...sessions: Session[]) => {
    const found = await findLatestMessages(tables.documents, tables.chatTable, sessions);
    return Object.fromEntries([...found].map(([id, { text, kind }]) => [id, kind === 'void' ? kind : text]));
  };
  /** Counts the queries for entries, except queries for the last entry. */
  const countQueries = (send: jest.SpyInstance) =>
    send.mock.calls.filter(([{ input }]) => input.Limit > 1).length;

  it('finds the latest message of each session across its rooms', async () => {
    await append(message(1, 'a'));
    await append(message(2, 'b'));
    await append(message(3, 'a'));
    await append(message(1, 'b', { room: GARDEN, text: 'b later', ts: now + 10 }));
    await append(message(2, 'a', { room: GARDEN, text: 'not listed', ts: now + 11 }));
    const quiet = session('c', [KITCHEN]);
    const elsewhere = session('d', ['333333333', 'lobby']);
    const found = await find(session('a', [KITCHEN]), session('b', [KITCHEN, GARDEN]), quiet, elsewhere);
    expect(found).toEqual({ a: 'a 3', b: 'b later' });
  });

  it('returns the new text of edited messages, and no text for deleted messages', async () => {
    const [first, second] = [message(1, 'a'), message(2, 'b')];
    await append(first);
    await append(second);
    const { connectionId: _, ...change } = message(3, 'a');
    const room = await readRoom(KITCHEN);
    await tables.log.change(room, { ...change, kind: 'edited', target: 1, text: 'edited' }, first);
    await tables.log.change(room, { ...change, seq: 4, kind: 'deleted', target: 2, text: '' }, second);
    expect(await find(session('a', [KITCHEN]), session('b', [KITCHEN]))).toEqual({ a: 'edited', b: 'void' });
  });

  it('reads the current log of a room after an earlier log has expired', async () => {
    await append(message(1, 'a'));
    const Key = entryKey({ room: KITCHEN, epoch: 'e' }, 1);
    await tables.client.send(new DeleteCommand({ TableName: tables.chatTable, Key }));
    await append(message(1, 'b', { epoch: 'e.1' }));
    expect(await find(session('a', [KITCHEN]), session('b', [KITCHEN]))).toEqual({ b: 'b 1' });
  });

  it('reads each log once, back to the start of the oldest session without a message', async () => {
    const entries = Array.from({ length: 1100 }, (_, n) =>
      message(n + 1, n === 49 ? 'a' : 'z', { ts: n < 100 ? now : now + 60_000 }),
    );
    await writeEntries(entries.slice(0, -1));
    await append(entries.at(-1) as Entry);
    const send = jest.spyOn(tables.documents, 'send');
    const late = session('c', [KITCHEN], now + 62_000);
    expect(await find(late, session('z', [KITCHEN]))).toEqual({ z: 'z 1100' });
    expect(countQueries(send)).toBe(1);
    send.mockClear();
    expect(await find(late, session('a', [KITCHEN]))).toEqual({ a: 'a 50' });
    expect(countQueries(send)).toBe(2);
  });
});
