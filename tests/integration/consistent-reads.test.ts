import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { claimKey, entryItem } from '../../functions/aws/dynamodb/items';
import { EVERYONE, EVERYONE_SHARDS } from '../../functions/chat/rooms';
import { RETENTION_DAYS, startTables } from '../support/tables';

const now = Date.now();
const message = {
  ...{ room: '483920117', epoch: 'e', seq: 1, kind: 'message' as const, messageId: 'm', clientMsgId: 'id' },
  ...{ from: { userId: 'g-1', username: 'Ada' }, text: 'hello', ts: now },
};

/** The parameters of a read that select its consistency. */
interface ReadInput {
  ConsistentRead?: boolean;
  /** Set for reads of an index, which cannot be consistent. */
  IndexName?: string;
  RequestItems?: Record<string, { ConsistentRead?: boolean }>;
}

/**
 * A stale read would be a rare failure on AWS: a member that has just joined is rejected, an appended message is missing.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
describe('reads of the tables', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  const consistency: (boolean | undefined)[] = [];

  beforeAll(async () => {
    tables = await startTables();
    tables.sdk.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          const input = args.input as ReadInput;
          if (commandName.startsWith('BatchGet')) {
            const requests = Object.values(input.RequestItems ?? {});
            consistency.push(...requests.map(({ ConsistentRead }) => ConsistentRead));
          } else if (/^(Get|Query)/.test(commandName) && !input.IndexName)
            consistency.push(input.ConsistentRead);
          return next(args);
        },
      { step: 'initialize' },
    );
  });
  beforeEach(() => {
    consistency.length = 0;
  });
  afterAll(() => tables.stop());

  /** Sends a message again that an earlier version of the functions has stored. */
  const sendAgain = async () => {
    await tables.log.createRoom({ room: message.room, epoch: 'e', seq: 1, shards: 1, lastTs: now });
    const claim = { ...claimKey(message, 'id'), seq: 1, textHash: 'h' };
    for (const Item of [claim, entryItem(message, RETENTION_DAYS)])
      await tables.client.send(new PutCommand({ TableName: tables.chatTable, Item }));
    const { outcome } = await tables.log.append({ entry: message, textHash: 'h' });
    expect(outcome).toBe('duplicate');
  };

  it.each<[string, number, () => Promise<unknown>]>([
    ['a connection', 1, () => tables.connections.find('c')],
    ['the memberships of a connection', 1, () => tables.connections.listMemberships('c')],
    ['a sender', 2, () => tables.log.readSender('c', 'lobby')],
    ['a room', 1, () => tables.log.readRoom('lobby')],
    ['rooms', 1, () => tables.log.readRooms(['lobby'])],
    ['an entry', 1, () => tables.log.readEntry('lobby', 1)],
    ['the entries after another', 1, () => tables.log.readEntries('lobby', { after: 0, limit: 1 })],
    ['the entries before another', 1, () => tables.log.readEntries('lobby', { before: 9, limit: 1 })],
    ['entries by seq', 1, () => tables.log.readEntriesBySeq('lobby', [1])],
    ['a known user', 1, () => tables.presence.isKnown('lobby', 'g-1')],
    [
      'the connections of a user',
      1,
      () => tables.presence.listConnections({ room: 'lobby', shards: 1 }, 'g-1'),
    ],
    [
      'all connections of a user, which only the index lists',
      0,
      () => tables.presence.listConnections({ room: EVERYONE, shards: EVERYONE_SHARDS }, 'g-1'),
    ],
    ['a message in slow mode that may have been sent', 1, () => tables.log.takeTurn(message, now)],
    ['a message that an earlier version has stored', 1, sendAgain],
    ['the member count', 1, () => tables.presence.countMembers('lobby')],
    ['a standing', 1, () => tables.standings.read({ room: 'lobby', epoch: 'e' }, 'g-1')],
    ['an invite', 1, () => tables.invites.find('hash')],
    ['a direct room', 1, () => tables.directRooms.find(['g-1', 'g-2'])],
    ['the budget of broadcasts', 1, () => tables.broadcasts.readBudget()],
  ])('are consistent for %s', async (_, reads, read) => {
    await read();
    expect(consistency).toEqual(Array.from({ length: reads }, () => true));
  });
});
