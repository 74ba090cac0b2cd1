import { randomUUID } from 'node:crypto';
import { AwsError, type JsonObject } from '../../src/core/service';
import type { DynamoDbService } from '../../src/dynamodb';
import type { TableModel } from '../../src/dynamodb/model';
import { Streams } from '../../src/dynamodb/streams/streams';

/**
 * Creates the tables at the endpoint of another implementation, such as DynamoDB Local. Returns a client for this endpoint.
 */
export async function openEndpoint(
  endpoint: string,
  tables: readonly TableModel[],
): Promise<DynamoDbService> {
  // DynamoDB Local stores the tables of each access key separately, so every call of this function gets empty tables.
  const accessKey = randomUUID().replaceAll('-', '').slice(0, 20);
  const call = (action: string, input: JsonObject) => send(endpoint, accessKey, action, input);
  for (const { name, createTable } of tables) await call('CreateTable', { TableName: name, ...createTable });
  return {
    call,
    inspect: call,
    version: 0, // only the console reads it
    streams: new Streams([], Date.now),
    async expireNow() {
      throw new Error('The endpoint has no call that deletes expired items.');
    },
    async close() {
      for (const { name } of tables) await call('DeleteTable', { TableName: name });
    },
  };
}

async function send(
  endpoint: string,
  accessKey: string,
  action: string,
  input: JsonObject,
): Promise<JsonObject> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  const { __type, message, Message, ...output } = (await response.json()) as Record<string, unknown>;
  if (response.ok) return output;
  const code = String(__type).replace(/^.*#/, '');
  throw new AwsError(code, String(message ?? Message), response.status, output);
}
