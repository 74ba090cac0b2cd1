import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { entryKey } from '../../aws/dynamodb/items';
import { reactionsKey } from '../../aws/dynamodb/reaction-items';
import type { Entry, Room } from '../../chat/types';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';

const now = Date.now();
const MAX = 3;
const ada = { userId: 'g-ada', username: 'Ada' };

describe('reactions', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let rooms = 0;

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  /** Creates a room with one message. */
  async function createMessage() {
    rooms += 1;
    const room = String(483_000_000 + rooms);
    await tables.log.insertRoom({ room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
    const entry: Entry = {
      ...{ room, epoch: 'e', seq: 1, kind: 'message', messageId: 'm', from: ada, text: 'one', ts: now },
    };
    await tables.log.append({ room: (await tables.log.readRoom(room)) as Room, entry });
    return entry;
  }

  const change = (message: Entry, userId: string, emoji: string, more = {}) =>
    tables.reactions.change(message, userId, { emoji, remove: false, max: MAX, now, ...more });

  async function publish(message: Entry, reactions: NonNullable<Entry['reactions']>, reactedAt: number) {
    const room = (await tables.log.readRoom(message.room)) as Room;
    const entry: Entry = {
      ...{ room: message.room, epoch: 'e', seq: room.seq + 1, kind: 'reacted', messageId: 'r', target: 1 },
      ...{ from: ada, text: '', ts: now, reactions, reactedAt },
    };
    return tables.reactions.publish(room, entry, message);
  }

  const read = async (message: Entry) => (await tables.log.readEntry(message, 1)) as Entry;

  it('stores the emoji of each user and the time of the last change', async () => {
    const message = await createMessage();
    expect(await change(message, 'g-ada', '👍')).toEqual({ emojis: ['👍'], at: now });
    expect(await change(message, 'g-ada', '👍', { now: now + 1 })).toEqual({ emojis: ['👍'], at: now });
    expect(await change(message, 'g-ada', '🎉', { now: now + 2 })).toMatchObject({ at: now + 2 });
    expect(await change(message, 'g-bob', '👍', { remove: true })).toEqual({ emojis: [], at: 0 });
    await change(message, 'g-bob', '👍');
    const remove = { remove: true, now: now + 3 };
    expect(await change(message, 'g-bob', '👍', remove)).toEqual({ emojis: [], at: now + 3 });
    expect(await change(message, 'g-bob', '👍', { ...remove, now: now + 4 })).toEqual({
      ...{ emojis: [], at: now + 3 },
    });
    const users = await tables.reactions.list(message);
    expect(users.map(({ userId, emojis }) => [userId, emojis])).toEqual([
      ['g-ada', ['🎉', '👍']],
      ['g-bob', []],
    ]);
  });

  it('limits the number of emoji per user, even in concurrent requests', async () => {
    const message = await createMessage();
    const all = [...'😀😁😂😃😄'];
    const changes = await Promise.all(all.map((emoji) => change(message, 'g-ada', emoji)));
    expect(changes.filter((result) => result === undefined)).toHaveLength(all.length - MAX);
    expect((await tables.reactions.list(message))[0]?.emojis).toHaveLength(MAX);
  });

  it('stores the counts in the message, and adds an entry without counts', async () => {
    const message = await createMessage();
    const reactions = [{ emoji: '👍', count: 2 }];
    expect(await publish(message, reactions, now + 5)).toBe(true);
    expect(await read(message)).toEqual({ ...message, reactions, reactedAt: now + 5 });
    const { Item } = await tables.client.send(
      new GetCommand({ TableName: tables.chatTable, Key: entryKey(message, 2) }),
    );
    expect(Item).toMatchObject({ kind: 'reacted', target: 1 });
    expect(Item).not.toHaveProperty('reactions');
    expect(Item).not.toHaveProperty('reactedAt');
  });

  it('publishes only once if several requests have read the same version of a message', async () => {
    const message = await createMessage();
    const results = await Promise.all([1, 2, 3].map((at) => publish(message, [], now + at)));
    expect(results.filter(Boolean)).toHaveLength(1);
    const current = await read(message);
    expect(await publish(message, [], now + 9)).toBe(false);
    expect(await publish(current, [], now + 9)).toBe(true);
  });

  it('publishes nothing for a deleted message', async () => {
    const message = await createMessage();
    await publish(message, [{ emoji: '👍', count: 1 }], now);
    const [room, reacted] = [(await tables.log.readRoom(message.room)) as Room, await read(message)];
    const deletion: Entry = { ...message, seq: 3, kind: 'deleted', target: 1, text: '', messageId: 'd' };
    expect(await tables.log.change(room, deletion, reacted)).toBe(true);
    const deleted = await read(message);
    expect(deleted).not.toHaveProperty('reactions');
    expect(await publish(deleted, [], now)).toBe(false);
  });

  it("returns a user's own reactions in one log, and stores them until the message expires", async () => {
    const message = await createMessage();
    await change(message, 'g-ada', '👍');
    const own = (ref: { room: string; epoch: string }, userId: string) =>
      tables.log.readReactions(ref, [1, 2], userId);
    expect(await own(message, 'g-ada')).toEqual(new Map([[1, ['👍']]]));
    expect(await own(message, 'g-bob')).toEqual(new Map());
    expect(await own({ ...message, epoch: 'e.1' }, 'g-ada')).toEqual(new Map());
    const Key = reactionsKey(message, 1, 'g-ada');
    const { Item } = await tables.client.send(new GetCommand({ TableName: tables.chatTable, Key }));
    expect(Item?.expiresAt).toBe(Math.floor(now / 1000) + RETENTION_DAYS * 86_400);
  });
});
