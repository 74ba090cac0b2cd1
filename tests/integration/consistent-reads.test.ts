import { startTables } from '../support/tables';

/** The parameters of a read that select its consistency. */
interface ReadInput {
  ConsistentRead?: boolean;
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
    tables.client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          const input = args.input as ReadInput;
          if (commandName.startsWith('BatchGet')) {
            const requests = Object.values(input.RequestItems ?? {});
            consistency.push(...requests.map(({ ConsistentRead }) => ConsistentRead));
          } else if (/^(Get|Query)/.test(commandName)) consistency.push(input.ConsistentRead);
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
    ['a sender', 2, () => tables.log.readSender('c', 'lobby')],
    ['a room', 1, () => tables.log.readRoom('lobby')],
    ['rooms', 1, () => tables.log.readRooms(['lobby'])],
    ['an entry', 1, () => tables.log.readEntry('lobby', 1)],
    ['the entries after another', 1, () => tables.log.readEntries('lobby', { after: 0, limit: 1 })],
    ['the entries before another', 1, () => tables.log.readEntries('lobby', { before: 9, limit: 1 })],
    ['the member count', 1, () => tables.presence.countMembers('lobby')],
    ['the budget of broadcasts', 1, () => tables.broadcasts.readBudget()],
  ])('are consistent for %s', async (_, reads, read) => {
    await read();
    expect(consistency).toEqual(Array.from({ length: reads }, () => true));
  });
});
