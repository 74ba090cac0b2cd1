import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { loadTemplate } from 'sam-offline';
import { startDynamoDb } from 'sam-offline/testing';
import { createConnections } from '../../functions/aws/dynamodb/connections';
import { createPresence } from '../../functions/aws/dynamodb/presence';
import { createRoomLog } from '../../functions/aws/dynamodb/room-log';
import { root } from './template';

/** The retention of the tests' messages and sessions. */
export const RETENTION_DAYS = 7;

/** Starts DynamoDB with the template's tables, and creates the domain's ports with a real SDK client. */
export async function startTables() {
  const app = loadTemplate({ file: join(root, 'template.yaml') });
  const dynamodb = await startDynamoDb(app);
  const client = new DynamoDBClient({
    region: app.region,
    endpoint: dynamodb.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    retryMode: 'standard',
    maxAttempts: 1,
  });
  const findTableName = (logicalId: string) =>
    app.tables.find((table) => table.logicalId === logicalId)?.name ?? '';
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const [connectionsTable, chatTable] = [findTableName('ConnectionsTable'), findTableName('ChatTable')];
  return {
    client: documents,
    connectionsTable,
    chatTable,
    connections: createConnections(documents, connectionsTable, chatTable, RETENTION_DAYS),
    log: createRoomLog(documents, connectionsTable, chatTable, RETENTION_DAYS),
    presence: createPresence(documents, connectionsTable, chatTable),
    faults: dynamodb.faults,
    async stop() {
      client.destroy();
      await dynamodb.close();
    },
  };
}
