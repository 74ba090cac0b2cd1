import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { variable } from './environment';
import { traced } from './observability';

/**
 * How long a call may take before the SDK tries again, in milliseconds: far above what these services need, and so
 * far below a function's timeout that all tries fit into it. Without `throwOnRequestTimeout` the SDK only warns.
 */
const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true };

/** One client per service and container, made where a function first asks for it. */
export function documentClient(): DynamoDBDocumentClient {
  const client = traced(new DynamoDBClient({ requestHandler }));
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function eventBridgeClient(): EventBridgeClient {
  return traced(new EventBridgeClient({ requestHandler }));
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
