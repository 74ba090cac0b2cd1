// Kept in a separate file: bundlers include `@aws-sdk/lib-dynamodb` in every function that imports a file that uses it.
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Creates a client whose items are JavaScript objects. It omits undefined attributes. */
export function createDocumentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
