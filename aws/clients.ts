import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ShortThrottleRetryStrategy } from './api-gateway/reply-retries';
import { ConflictRetryStrategy } from './dynamodb/conflict-retries';
import { keepAliveAgents } from './transport/keep-alive';

/**
 * Timeouts in milliseconds. They are well above the latency of these services, and short enough that all retries fit into a
 * function's timeout. Without `throwOnRequestTimeout`, the SDK only logs a warning.
 */
const requestHandler = {
  ...keepAliveAgents(),
  connectionTimeout: 1000,
  requestTimeout: 3000,
  throwOnRequestTimeout: true,
};

/**
 * `cacheMiddleware` assembles the middleware once per command type. The DynamoDB client does not use it, because
 * `@aws-sdk/lib-dynamodb` rejects it.
 */
const options = { requestHandler, cacheMiddleware: true };

/** Creates a DynamoDB client that also retries writes that conflict with ongoing transactions. */
export function createDynamoDbClient(
  config: DynamoDBClientConfig & { maxAttempts?: number } = {},
): DynamoDBClient {
  const retryStrategy = new ConflictRetryStrategy(config.maxAttempts);
  return new DynamoDBClient({ requestHandler, retryStrategy, ...config });
}

export function createEventBridgeClient(): EventBridgeClient {
  return new EventBridgeClient(options);
}

export function createSecretsManagerClient(): SecretsManagerClient {
  return new SecretsManagerClient(options);
}

/**
 * Creates a client for the `@connections` API, which retries a throttled call only once.
 *
 * @param endpoint the stage's URL. Do not derive it from an event's `domainName`: with a custom domain, the URL of
 *   `@connections` depends on the API mapping.
 * @param maxAttempts attempts per call, including the first one.
 */
export function createManagementApiClient(endpoint: string, maxAttempts = 3): ApiGatewayManagementApiClient {
  const retryStrategy = new ShortThrottleRetryStrategy(maxAttempts);
  return new ApiGatewayManagementApiClient({ ...options, endpoint, maxAttempts, retryStrategy });
}
