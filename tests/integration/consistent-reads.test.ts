import { createUserData } from '../../aws/dynamodb/user-data';
import { EVERYONE, EVERYONE_SHARDS } from '../../chat/rooms/room-keys';
import { startTables } from '../../testbed/tables';

const now = Date.now();
const message = {
  ...{ room: '483920117', epoch: 'e', seq: 1, kind: 'message' as const, messageId: 'm', clientMsgId: 'id' },
  ...{ from: { userId: 'g-1', username: 'Ada' }, text: 'hello', ts: now },
};

const log = { room: 'lobby', epoch: 'e' };
const newRoom = { room: '483920118', epoch: 'e', seq: 0, shards: 1, lastTs: 0 };

/** The parameters of a read request that determine its consistency. */
interface ReadInput {
  ConsistentRead?: boolean;
  /** Set for reads of an index. Such reads cannot be strongly consistent. */
  IndexName?: string;
  RequestItems?: Record<string, { ConsistentRead?: boolean }>;
}

/**
 * An eventually consistent read would cause rare failures on AWS: the server rejects a member who has just joined, or an
 * appended message is missing.
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
          } else if (/^(Get|Query|Scan)/.test(commandName) && !input.IndexName)
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

  it.each<[string, number, () => Promise<unknown>]>([
    ['a connection', 1, () => tables.connections.find('c')],
    ['the memberships of a connection', 1, () => tables.connections.listMemberships('c')],
    ['a sender, a room and its last entry', 3, () => tables.log.readSender('c', 'lobby')],
    ['a room and its last entry', 2, () => tables.log.readRoom('lobby')],
    ['rooms', 1, () => tables.log.readRooms(['lobby'])],
    ['the heads of rooms', 2, () => tables.log.readHeads(['lobby', '483920117'])],
    ['the last entry of a new room', 1, () => tables.log.insertRoom(newRoom)],
    ['an entry', 1, () => tables.log.readEntry(log, 1)],
    ['the entries after a seq', 1, () => tables.log.readEntries(log, { after: 0, limit: 1 })],
    ['the entries before a seq', 1, () => tables.log.readEntries(log, { before: 9, limit: 1 })],
    ['entries by seq', 1, () => tables.log.readEntriesBySeq(log, [1])],
    ['the first join of a user', 1, () => tables.presence.findFirstJoin('lobby', 'g-1')],
    [
      'the connections of a user',
      1,
      () => tables.presence.listConnections({ room: 'lobby', shards: 1 }, 'g-1'),
    ],
    [
      'all connections of a user (index only)',
      0,
      () => tables.presence.listConnections({ room: EVERYONE, shards: EVERYONE_SHARDS }, 'g-1'),
    ],
    ['a turn in slow mode', 1, () => tables.log.takeTurn(message, now)],
    ['the member count', 1, () => tables.presence.countMembers('lobby')],
    ['a standing', 1, () => tables.standings.read(log, 'g-1')],
    ['the read position of a user', 1, () => tables.positions.readOwn(log, 'g-1')],
    ['the devices of a user', 1, () => tables.devices.list('g-1')],
    ['users without connections', 1, () => tables.absences.listAway(['g-1'], now)],
    ['users to notify', 1, () => tables.absences.listUninformed(message, ['g-1'], now)],
    ['an invite', 1, () => tables.invites.find(log, 'hash')],
    ['the invites of a room', 1, () => tables.invites.list(log, now, 10)],
    ['a direct room', 1, () => tables.directRooms.find(['g-1', 'g-2'])],
    ['the reactions to a message', 1, () => tables.reactions.list(message as never)],
    ["a user's own reactions", 1, () => tables.log.readReactions(log, [1], 'g-1')],
    [
      'the data of a user',
      1,
      () => createUserData({ ...tables, client: tables.documents }).readPart('g-1', undefined),
    ],
    [
      'the position of a cursor',
      1,
      () => createUserData({ ...tables, client: tables.documents }).readCursor('g-1', 'cursor'),
    ],
    ['the budget of broadcasts', 1, () => tables.broadcasts.readBudget()],
  ])('reads consistently for %s', async (_, reads, read) => {
    await read();
    expect(consistency).toEqual(Array.from({ length: reads }, () => true));
  });
});
