import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { variable } from '../handlers/environment';
import { traced } from '../handlers/observability';
import { isTransactionConflict } from './dynamodb/errors';

/**
 * How long a call may take before the SDK tries again, in milliseconds: far above what these services need, and so
 * far below a function's timeout that all tries fit into it. Without `throwOnRequestTimeout` the SDK only warns.
 */
const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true };

/** One client per service and container, made where a function first asks for it. */
export function documentClient(): DynamoDBDocumentClient {
  const client = traced(retryingConflicts(new DynamoDBClient({ requestHandler })));
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/**
 * A single write that meets a transaction under way on its item is rejected, and the SDK does not try it again by
 * itself: a disconnect would leave its rows behind because of a join at the same moment. A cancelled transaction is
 * another error, and not tried again here.
 */
function retryingConflicts(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: unknown) => {
        if (isTransactionConflict(error)) Object.assign(error as object, { $retryable: {} });
        throw error;
      }),
    { step: 'deserialize', priority: 'high', name: 'retryingConflicts' },
  );
  return client;
}

export function eventBridgeClient(): EventBridgeClient {
  return traced(new EventBridgeClient({ requestHandler }));
}

export function secretsManagerClient(): SecretsManagerClient {
  return traced(new SecretsManagerClient({ requestHandler }));
}

/**
 * The client of the `@connections` API. Its endpoint comes from the template, not from an event's `domainName`,
 * which behind a custom domain is not where `@connections` answers.
 *
 * @param maxAttempts tries per call, the first included; the SDK's default is 3.
 */
export function managementApiClient(maxAttempts?: number): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint: variable('CONNECTIONS_ENDPOINT'),
    requestHandler,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
}
