import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Member } from '../../chat/ports';
import { isExpired } from './items';

/** Rows a Query reads: a page of people with a few connections each, whatever is left of the page. */
const ROWS_READ = 200;

/** Sorts after `userId#…` and before any longer user id: `$` follows `#`. */
const PAST_CONNECTIONS = '$';

/** A page of the members found under one index key: see `Presence.list`. */
export async function listMembers(
  client: DynamoDBDocumentClient,
  TableName: string,
  room: string,
  shard: number,
  afterUserId: string | undefined,
  limit: number,
): Promise<{ members: Member[]; more: boolean }> {
  const members = new Map<string, Member>();
  let after = afterUserId === undefined ? ' ' : `${afterUserId}${PAST_CONNECTIONS}`;
  // A user's connections lie side by side: a page is full when one more user begins.
  for (;;) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'RoomIndex',
        KeyConditionExpression: 'roomShard = :shard AND memberKey > :after',
        ExpressionAttributeValues: { ':shard': `${room}#${shard}`, ':after': after },
        Limit: ROWS_READ,
      }),
    );
    for (const item of Items) {
      if (isExpired(item, Date.now())) continue;
      const userId = String(item.memberKey).split('#')[0] as string;
      const known = members.get(userId);
      if (!known && members.size === limit) return { members: [...members.values()], more: true };
      const joinedAt = Math.min(item.joinedAt as number, known?.joinedAt ?? Number.POSITIVE_INFINITY);
      members.set(userId, { userId, username: item.username as string, joinedAt });
    }
    if (!LastEvaluatedKey) return { members: [...members.values()], more: false };
    after = LastEvaluatedKey.memberKey as string;
  }
}
