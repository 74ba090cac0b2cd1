import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isTransactionConflict } from './dynamodb/errors';
import { keepAliveAgents } from './keep-alive';

/**
 * Timeouts in milliseconds: well above the latency of these services, and short enough for all retries to fit into a
 * function's timeout. Without `throwOnRequestTimeout` the SDK only logs a warning.
 */
const requestHandler = {
  ...keepAliveAgents(),
  connectionTimeout: 1000,
  requestTimeout: 3000,
  throwOnRequestTimeout: true,
};

/** Creates a DynamoDB client that also retries `TransactionConflictException`. */
export function createDynamoDbClient(): DynamoDBClient {
  const client = new DynamoDBClient({ requestHandler });
  // DynamoDB rejects a single write to an item that a transaction is writing, and the SDK does not retry it: a
  // disconnect that coincides with a join would leave its rows behind. Cancelled transactions are a different error.
  client.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: unknown) => {
        if (isTransactionConflict(error)) Object.assign(error as object, { $retryable: {} });
        throw error;
      }),
    { step: 'deserialize', priority: 'high', name: 'retryTransactionConflicts' },
  );
  return client;
}

export function createDocumentClient(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function createEventBridgeClient(): EventBridgeClient {
  return new EventBridgeClient({ requestHandler });
}

export function createSecretsManagerClient(): SecretsManagerClient {
  return new SecretsManagerClient({ requestHandler });
}

/**
 * Creates a client for the `@connections` API.
 *
 * @param endpoint the stage's URL. Do not derive it from an event's `domainName`: `@connections` is not available at a
 *   custom domain.
 * @param maxAttempts attempts per call, including the first. The SDK's default is 3.
 */
export function createManagementApiClient(
  endpoint: string,
  maxAttempts?: number,
): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    requestHandler,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
}
