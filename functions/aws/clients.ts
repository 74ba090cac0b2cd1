import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { retryConflicts } from './dynamodb/conflicts';
import { keepAliveAgents } from './keep-alive';
import { type RetryConfig, refundAnsweredRetries } from './retry-quota';
import { createSigner, type SigningConfig } from './signer';

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

/**
 * Options of all clients. `cacheMiddleware` assembles the middleware once for each kind of call instead of for each call, so
 * middleware can only be added before the first call.
 */
const options = { requestHandler, cacheMiddleware: true };

/** The part of an SDK client that `configureClient` uses. */
interface ConfigurableClient {
  readonly config: SigningConfig & RetryConfig & { signer: unknown };
  readonly middlewareStack: { remove(name: string): boolean };
}

/**
 * Creates a DynamoDB client that also retries single writes to items of ongoing transactions: otherwise a disconnect that
 * coincides with a join would leave its rows behind. Callers decide about transactions, because an edit reads the room again
 * before it is retried.
 */
export function createDynamoDbClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = configureClient('dynamodb', new DynamoDBClient({ ...options, ...config }));
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        commandName === 'TransactWriteItemsCommand' ? next(args) : retryConflicts(() => next(args)),
  );
  return client;
}

export function createEventBridgeClient(): EventBridgeClient {
  return configureClient('events', new EventBridgeClient(options));
}

export function createSecretsManagerClient(): SecretsManagerClient {
  return configureClient('secretsmanager', new SecretsManagerClient(options));
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
  const client = new ApiGatewayManagementApiClient({
    ...options,
    endpoint,
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
  return configureClient('execute-api', client);
}

/**
 * Replaces the client's signer, corrects its quota of retries, and removes the middleware that describes each call for a logger,
 * because the clients have none.
 *
 * @param service the name of the service in signatures
 */
function configureClient<Client extends ConfigurableClient>(service: string, client: Client): Client {
  const signer = createSigner(service, client.config);
  client.config.signer = async () => signer;
  refundAnsweredRetries(client.config);
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}
