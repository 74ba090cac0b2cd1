import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type CreateTableCommandInput,
  DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { loadTemplate } from 'sam-offline';
import { startDynamoDb } from 'sam-offline/testing';
import { createDynamoDbClient } from '../aws/clients';
import { createAbsences } from '../aws/dynamodb/absences';
import { createBroadcasts } from '../aws/dynamodb/broadcasts';
import { createBudgets } from '../aws/dynamodb/budgets';
import { createConnections } from '../aws/dynamodb/connections';
import { createDevices } from '../aws/dynamodb/devices';
import { createDirectRooms } from '../aws/dynamodb/direct-rooms';
import { createDocumentClient } from '../aws/dynamodb/document-client';
import { createIdempotencyKeys } from '../aws/dynamodb/idempotency-keys';
import { createInvites } from '../aws/dynamodb/invites';
import { createOpenConnections } from '../aws/dynamodb/open-connections';
import { createPresence } from '../aws/dynamodb/presence';
import { createReactions } from '../aws/dynamodb/reactions';
import { createReadPositions } from '../aws/dynamodb/read-positions';
import { sessionKey } from '../aws/dynamodb/sessions';
import { createStandings } from '../aws/dynamodb/standings';
import { eventually } from './client';
import { openJudge } from './dynamodb-judge';
import { createRoomStores } from './room-stores';
import { createTableAccess, type TableName } from './table-access';
import { root } from './template';

type Item = Record<string, unknown>;

/** The retention of messages and sessions in tests, in days. */
export const RETENTION_DAYS = 7;

/**
 * Starts DynamoDB with the template's tables, and creates the domain's ports with a real SDK client. Indexes lag behind the
 * tables: see `waitForIndexes`.
 *
 * @param seed makes the durations of transactions and the lag of indexes repeatable. Defaults to a random seed.
 */
export async function startTables(seed?: number) {
  const app = loadTemplate({ file: join(root, 'template.yaml') });
  const accessKeyId = randomUUID().replaceAll('-', '').slice(0, 20);
  const dynamodb = (await openJudge(app.tables, accessKeyId)) ?? (await startDynamoDb(app, seed));
  const config = {
    region: 'us-east-1',
    endpoint: dynamodb.url,
    credentials: { accessKeyId, secretAccessKey: 'local' },
    // In tests with many clients, requests wait for the sockets of this one SDK client.
    requestHandler: { connectionTimeout: 120_000, requestTimeout: 120_000 },
    retryMode: 'standard',
    maxAttempts: 1,
  };
  const sdk = createDynamoDbClient(config);
  const direct = new DynamoDBClient(config);
  const client = DynamoDBDocumentClient.from(direct);
  const findTableName = (logicalId: string) =>
    app.tables.find((table) => table.logicalId === logicalId)?.name ?? '';
  const access = createTableAccess(client, findTableName);
  const documents = createDocumentClient(sdk);
  const indexes = app.tables.flatMap(({ logicalId, createTable }) => {
    const { KeySchema, GlobalSecondaryIndexes = [] } = createTable as unknown as CreateTableCommandInput;
    return GlobalSecondaryIndexes.map((index) => ({
      table: logicalId as TableName,
      index: index.IndexName as string,
      keys: namesOf(index.KeySchema),
      /** Returns the primary key of an item or of its row in the index. */
      idOf: (item: Item) => JSON.stringify(namesOf(KeySchema).map((name) => item[name])),
    }));
  });
  const [connectionsTable, chatTable] = [findTableName('ConnectionsTable'), findTableName('ChatTable')];
  return {
    url: dynamodb.url,
    /** The SDK client of the ports. */
    sdk,
    documents,
    /** Accesses the tables directly. */
    client,
    access,
    connectionsTable,
    chatTable,
    connections: createConnections(documents, connectionsTable, chatTable, RETENTION_DAYS),
    log: createRoomStores(documents, connectionsTable, chatTable, RETENTION_DAYS),
    presence: createPresence(documents, connectionsTable, chatTable),
    standings: createStandings(documents, chatTable),
    reactions: createReactions({
      ...{ client: documents, connectionsTable, chatTable },
      retentionDays: RETENTION_DAYS,
    }),
    positions: createReadPositions({
      ...{ client: documents, connectionsTable, chatTable },
      retentionDays: RETENTION_DAYS,
    }),
    absences: createAbsences({
      ...{ client: documents, connectionsTable, chatTable },
      retentionDays: RETENTION_DAYS,
    }),
    devices: createDevices({ client: documents, chatTable }),
    budgets: { ...createBudgets(documents, chatTable), ...createOpenConnections(documents, chatTable) },
    invites: createInvites(documents, chatTable),
    directRooms: createDirectRooms(documents, chatTable),
    broadcasts: createBroadcasts(documents, chatTable, RETENTION_DAYS),
    idempotencyKeys: createIdempotencyKeys(documents, chatTable),
    faults: dynamodb.faults,
    /** Returns the number of transaction conflicts since the start. */
    conflicts: () => dynamodb.occurrences.list()['dynamodb.TransactionConflict'] ?? 0,
    /** Returns the session item of a connection. */
    readSession: async (connectionId: string) =>
      (await client.send(new GetCommand({ TableName: chatTable, Key: sessionKey(connectionId) }))).Item,
    /** Waits until the global secondary indexes show all writes. Call it after writes and before reading an index. */
    async waitForIndexes() {
      for (const { table, index, keys, idOf } of indexes) {
        await eventually(async () => {
          const rows = new Map((await access.scanIndex(table, index)).map((row) => [idOf(row), row]));
          const items = (await access.scan(table)).filter((item) => keys.every((key) => key in item));
          return rows.size === items.length && items.every((item) => shows(rows.get(idOf(item)), item));
        });
      }
    },
    expireNow: dynamodb.expireNow,
    async stop() {
      sdk.destroy();
      direct.destroy();
      await dynamodb.close();
    },
  };
}

function namesOf(schema: KeySchemaElement[] = []): string[] {
  return schema.map(({ AttributeName }) => AttributeName as string);
}

/** Returns whether the row of an index has the values of an item. */
function shows(row: Item | undefined, item: Item): boolean {
  if (row === undefined) return false;
  return Object.entries(row).every(([name, value]) => isDeepStrictEqual(item[name], value));
}
