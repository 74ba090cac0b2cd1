import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { connectionsIn } from '../../functions/aws/dynamodb/connections';
import { presenceIn } from '../../functions/aws/dynamodb/presence';
import { roomLogIn } from '../../functions/aws/dynamodb/room-log';
import { Faults } from '../../packages/sam-offline/src/core/faults';
import { openDynamoDb } from '../../packages/sam-offline/src/dynamodb';
import { createHttpFront } from '../../packages/sam-offline/src/http';
import { loadTemplate } from '../../packages/sam-offline/src/template';
import { root } from './template';

/** How long the tests' messages and sessions are kept. */
export const RETENTION_DAYS = 7;

/** The template's tables behind DynamoDB's real wire protocol, a real SDK client to them, and the chat's ports over it. */
export async function startTables() {
  const { tables, region, accountId } = loadTemplate({ file: join(root, 'template.yaml') });
  const dynamodb = await openDynamoDb({ tables, region, accountId });
  const faults = new Faults();
  const server = createHttpFront({
    services: { dynamodb: faults.wrap('dynamodb', dynamodb) },
    faults,
    ready: () => true,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    region,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    retryMode: 'standard',
    maxAttempts: 1,
  });
  const nameOf = (logicalId: string) => tables.find((table) => table.logicalId === logicalId)?.name ?? '';
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const [connectionsTable, chatTable] = [nameOf('ConnectionsTable'), nameOf('ChatTable')];
  return {
    client: documents,
    connectionsTable,
    chatTable,
    connections: connectionsIn(documents, connectionsTable, chatTable, RETENTION_DAYS),
    log: roomLogIn(documents, connectionsTable, chatTable, RETENTION_DAYS),
    presence: presenceIn(documents, connectionsTable, chatTable),
    faults,
    async stop() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
      await dynamodb.close();
    },
  };
}
