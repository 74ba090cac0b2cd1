import type { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { memberKey, shardOf } from '../../chat/rooms/room-keys';
import { listMembers } from './member-list';

const NOW = 1_000_000;
const ROWS_PER_PAGE = 3;

/** The users of shard 1 in a room with two shards, sorted. */
const users = Array.from({ length: 60 }, (_, index) => `g-${index + 100}`).filter(
  (userId) => shardOf(userId, 2) === 1,
);

/**
 * Creates the index of a room that has grown from one shard to two. The rows of users in `before` have the key from before the
 * growth. A query reads `ROWS_PER_PAGE` rows.
 */
function setUp(before: readonly string[], after: readonly string[]) {
  const rows: Record<string, readonly string[]> = { 'lobby#0': before, 'lobby#1': after };
  const queries: unknown[] = [];
  const send = async ({ input: { ExpressionAttributeValues: values = {} } }: QueryCommand) => {
    queries.push(values[':shard']);
    const items = (rows[values[':shard']] ?? [])
      .map((userId) => ({ memberKey: memberKey(userId, 'c'), username: userId, joinedAt: 1 }))
      .filter((item) => item.memberKey > values[':after']);
    const Items = items.slice(0, ROWS_PER_PAGE);
    return items.length > ROWS_PER_PAGE ? { Items, LastEvaluatedKey: Items.at(-1) } : { Items };
  };
  const list = async (limit: number) => {
    const room = { room: 'lobby', shards: 2 };
    const page = await listMembers({ send } as never, 'connections', room, 1, { limit } as never, () => NOW);
    return [page.members.map(({ userId }) => userId), page.hasMore];
  };
  return { list, queries };
}

describe('listMembers', () => {
  it('returns hasMore: false if the last page is full', async () => {
    const { list } = setUp([], users.slice(0, 4));
    expect(await list(4)).toEqual([users.slice(0, 4), false]);
    expect(await list(3)).toEqual([users.slice(0, 3), true]);
  });

  it('returns hasMore: true if the rows from before and after the growth together exceed one page', async () => {
    const { list } = setUp(users.slice(0, 2), users.slice(2, 4));
    expect(await list(3)).toEqual([users.slice(0, 3), true]);
    expect(await list(4)).toEqual([users.slice(0, 4), false]);
  });

  it('stops reading at the end of the page', async () => {
    const { list, queries } = setUp([], users);
    expect(await list(2)).toEqual([users.slice(0, 2), true]);
    expect(queries).toEqual(['lobby#1', 'lobby#0']);
  });

  it('stops reading rows from before the growth at the end of the page', async () => {
    const { list, queries } = setUp(users.slice(10), users.slice(0, 10));
    expect(await list(9)).toEqual([users.slice(0, 9), true]);
    expect(queries.filter((key) => key === 'lobby#0')).toHaveLength(1);
  });
});
