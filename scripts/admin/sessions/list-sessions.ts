import { type DynamoDBDocumentClient, paginateQuery, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { getItems } from '../../../aws/dynamodb/batch-get';
import { broadcastsSince, toBroadcast } from '../../../aws/dynamodb/broadcasts';
import { isExpired } from '../../../aws/dynamodb/items';
import { SESSION_INDEX, sessionDay, toSession } from '../../../aws/dynamodb/sessions';
import type { Broadcast, Session } from '../../../chat/types';
import { findLatestMessages } from './latest-messages';
import { addLatestBroadcasts, addLatestMessages, type SessionRecord } from './session-record';

const DAY_MS = 24 * 3600 * 1000;
/** The maximum number of items in a BatchGetItem request. */
const PAGE_SIZE = 100;

type Item = Record<string, unknown>;

/**
 * Lists the newest sessions first, each with its latest message and the latest broadcast that it received. Reads the index one
 * day at a time, and stops after `limit` sessions or `days` days before `now`.
 */
export async function listSessions(
  client: DynamoDBDocumentClient,
  chatTable: string,
  range: { limit: number; days: number; now: number },
): Promise<SessionRecord[]> {
  const sessions: Session[] = [];
  for (let day = 0; day < range.days && sessions.length < range.limit; day += 1) {
    const partition = sessionDay(range.now - day * DAY_MS);
    sessions.push(...(await querySessions(client, chatTable, partition, range.limit - sessions.length)));
  }
  const oldest = sessions.at(-1);
  if (!oldest) return [];
  const [messages, broadcasts] = await Promise.all([
    findLatestMessages(client, chatTable, sessions),
    readBroadcasts(client, chatTable, oldest.connectionTime),
  ]);
  return addLatestBroadcasts(addLatestMessages(sessions, messages), broadcasts);
}

async function querySessions(
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
        Limit: Math.min(PAGE_SIZE, limit - sessions.length),
        ExclusiveStartKey,
      }),
    );
    sessions.push(...(await readSessions(client, TableName, Items)));
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey && sessions.length < limit);
  return sessions;
}

/** Reads the sessions of an index page, in the order of the page. The index projects only keys. */
async function readSessions(
  client: DynamoDBDocumentClient,
  table: string,
  page: readonly Item[],
): Promise<Session[]> {
  const keys = page.map(({ pk, sk }) => ({ pk, sk }));
  const items = await getItems(client, table, keys);
  const current = items.filter((item) => !isExpired(item, Date.now()));
  const found = new Map(current.map((item) => [item.pk, toSession(item)]));
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
