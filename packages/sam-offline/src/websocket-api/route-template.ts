import { createAuthorizerModel } from '../api-gateway/authorizers/template';
import { MODEL } from '../api-gateway/types';
import type { PropertyMap } from '../template/property-map';
import type { Stack } from '../template/stack/stack';
import type { RouteAuthorization, RouteModel, ValidationModel } from './model';

const AUTHORIZATION_TYPES = ['NONE', 'AWS_IAM', 'CUSTOM'] as const;

/**
 * Returns the client authorization of a route. Only `$connect` can authorize clients.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-control-access.html
 */
export function readAccess(
  properties: PropertyMap,
  routeKey: string,
  stack: Stack,
): Pick<RouteModel, 'authorization' | 'requiresApiKey'> {
  const type = properties.getEnum('AuthorizationType', AUTHORIZATION_TYPES) ?? 'NONE';
  const requiresApiKey = properties.getBoolean('ApiKeyRequired') === true;
  if (routeKey !== '$connect') {
    if (type !== 'NONE') reportMessageRoute(properties, 'AuthorizationType');
    if (requiresApiKey) reportMessageRoute(properties, 'ApiKeyRequired');
    return {};
  }
  const authorization = readAuthorization(properties, type, stack);
  return {
    ...(authorization && { authorization }),
    ...(requiresApiKey && { requiresApiKey }),
  };
}

function reportMessageRoute(properties: PropertyMap, key: string): void {
  properties.report(
    'security',
    `${key} has no effect: API Gateway authorizes clients on $connect only.`,
    key,
  );
}

function readAuthorization(
  properties: PropertyMap,
  type: (typeof AUTHORIZATION_TYPES)[number],
  stack: Stack,
): RouteAuthorization | undefined {
  if (type === 'NONE') {
    if (properties.has('AuthorizerId'))
      properties.report(
        'security',
        'AuthorizerId has no effect without AuthorizationType CUSTOM.',
        'AuthorizerId',
      );
    return undefined;
  }
  if (type === 'AWS_IAM') return { type };
  const authorizer = createAuthorizerModel(properties.requireString('AuthorizerId'), stack);
  if (authorizer?.type === 'REQUEST') return authorizer;
  properties.addProblem('must be the ID of an authorizer of the type REQUEST', 'AuthorizerId');
  return undefined;
}

/**
 * Returns the models of a route and the expression that selects a model. Without an expression, API Gateway does not validate
 * messages.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
 */
export function readValidation(
  properties: PropertyMap,
  apiId: string,
  stack: Stack,
): Pick<RouteModel, 'validation'> {
  const selection = properties.getString('ModelSelectionExpression');
  const names = properties.getMap('RequestModels');
  if (selection === undefined) {
    if (names)
      properties.report(
        'warning',
        'Messages are not validated. Set ModelSelectionExpression.',
        'RequestModels',
      );
    return {};
  }
  const schemas: Record<string, unknown> = {};
  for (const key of names?.keys ?? []) {
    const name = names?.getString(key);
    const model = stack
      .listResourcesOf(MODEL)
      .find(
        (other) =>
          other.properties.getString('ApiId') === apiId && other.properties.getString('Name') === name,
      );
    if (model) schemas[key] = readSchema(model.properties.getValue('Schema'));
    else names?.addProblem(`must be the name of a model of the API, but is ${name ?? 'not a string'}`, key);
  }
  return { validation: { selection, schemas } satisfies ValidationModel };
}

/** Reads a schema, which is an object or a JSON string. */
function readSchema(schema: unknown): unknown {
  try {
    return typeof schema === 'string' ? JSON.parse(schema) : schema;
  } catch {
    return undefined;
  }
}
