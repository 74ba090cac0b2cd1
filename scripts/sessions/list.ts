import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { getItems } from '../../functions/aws/dynamodb/batch-get';
import {
  broadcastsSince,
  isExpired,
  SESSION_INDEX,
  sessionDay,
  toBroadcast,
  toSession,
} from '../../functions/aws/dynamodb/items';
import type { Broadcast, Session } from '../../functions/chat/types';
import { type SessionRecord, withBroadcasts } from './record';

const DAY_MS = 24 * 3600 * 1000;
/** A page of the index: no more than one BatchGetItem takes. */
const PAGE = 100;

type Item = Record<string, unknown>;

/**
 * The newest sessions, newest first, with the last broadcast each was connected for. Goes back day by day through the
 * index, and stops at `limit` sessions or `days` days before `now`.
 */
export async function listSessions(
  client: DynamoDBDocumentClient,
  chatTable: string,
  range: { limit: number; days: number; now: number },
): Promise<SessionRecord[]> {
  const sessions: Session[] = [];
  for (let day = 0; day < range.days && sessions.length < range.limit; day += 1) {
    const at = sessionDay(range.now - day * DAY_MS);
    sessions.push(...(await sessionsOf(client, chatTable, at, range.limit - sessions.length)));
  }
  const first = sessions.at(-1);
  const broadcasts = first ? await readBroadcasts(client, chatTable, first.connectionTime) : [];
  return withBroadcasts(sessions, broadcasts);
}

async function sessionsOf(
  client: DynamoDBDocumentClient,
  TableName: string,
  day: string,
  limit: number,
): Promise<Session[]> {
  const sessions: Session[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: SESSION_INDEX,
        KeyConditionExpression: 'sessionDay = :day',
        ExpressionAttributeValues: { ':day': day },
        ScanIndexForward: false,
        Limit: Math.min(PAGE, limit - sessions.length),
        ExclusiveStartKey,
      }),
    );
    sessions.push(...(await readSessions(client, TableName, Items)));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey && sessions.length < limit);
  return sessions;
}

/** The sessions behind a page of the index, which holds their keys only, in its order. */
async function readSessions(
  client: DynamoDBDocumentClient,
  table: string,
  page: readonly Item[],
): Promise<Session[]> {
  const keys = page.map(({ pk, sk }) => ({ pk, sk }));
  const items = await getItems(client, table, keys);
  const living = items.filter((item) => !isExpired(item, Date.now()));
  const found = new Map(living.map((item) => [item.pk, toSession(item)]));
  return page.flatMap(({ pk }) => found.get(pk) ?? []);
}

async function readBroadcasts(
  client: DynamoDBDocumentClient,
  TableName: string,
  since: number,
): Promise<Broadcast[]> {
  const broadcasts: Broadcast[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: broadcastsSince(since),
    },
  );
  for await (const { Items = [] } of pages) broadcasts.push(...Items.map(toBroadcast));
  return broadcasts;
}
