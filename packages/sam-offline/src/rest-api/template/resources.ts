import { isObject, type JsonObject } from '../../core/service';
import type { PropertyMap } from '../../template/property-map';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import type { GatewayResponseModel, RestAuthorizerModel } from '../model';
import { createAuthorizer } from './authorizers';
import type { IntegrationDefinition, MethodAuth, MethodDefinition, ValidationDefinition } from './definition';
import { createGatewayResponseModel } from './open-api';
import { createSchema, localizeReferences } from './schemas';
import { AUTHORIZER, GATEWAY_RESPONSE, METHOD, MODEL, RESOURCE, VALIDATOR } from './types';

/** Returns the resources of a type that belong to an API. */
const listOf = (stack: Stack, type: string, apiId: string) =>
  stack.listResourcesOf(type).filter(({ properties }) => properties.getString('RestApiId') === apiId);

/** Reads the methods that a template declares with AWS::ApiGateway resources. */
export function readMethods(api: StackResource, stack: Stack): MethodDefinition[] {
  const apiId = api.refValue;
  const paths = listPaths(api, stack);
  const authorizers = new Map(
    listOf(stack, AUTHORIZER, apiId).map((resource): [string, RestAuthorizerModel] => [
      resource.refValue,
      createAuthorizer({ properties: resource.properties, id: resource.refValue, api }, stack),
    ]),
  );
  const models = readModels(apiId, stack);
  return listOf(stack, METHOD, apiId).flatMap(({ properties }) => {
    const resourceId = properties.requireString('ResourceId');
    const path = paths.get(resourceId);
    if (path === undefined) {
      properties.addProblem(`must be the ID of a resource of the API, but is ${resourceId}`, 'ResourceId');
      return [];
    }
    const integration = properties.getMap('Integration');
    return [
      {
        path,
        method: properties.requireString('HttpMethod').toUpperCase(),
        resourceId,
        ...(integration ? { integration: toDefinition(integration) } : {}),
        auth: readAuth(properties, authorizers),
        requiresApiKey: properties.getBoolean('ApiKeyRequired') ?? false,
        validation: readValidation(properties, models, stack),
        responses: Object.fromEntries(
          properties
            .getMaps('MethodResponses')
            .map((response) => [
              response.getString('StatusCode') ?? '',
              (response.getMap('ResponseParameters')?.keys ?? []).map((key) =>
                key.replace(/^method\.response\.header\./, ''),
              ),
            ]),
        ),
        at: properties,
      },
    ];
  });
}

/** Returns the path of each resource by its ID. */
function listPaths(api: StackResource, stack: Stack): ReadonlyMap<string, string> {
  const resources = listOf(stack, RESOURCE, api.refValue);
  const rootId = api.getAttribute('RootResourceId') ?? '';
  const paths = new Map([[rootId, '/']]);
  const visit = (parentId: string, parentPath: string) => {
    for (const { properties, refValue } of resources) {
      if (properties.getString('ParentId') !== parentId || paths.has(refValue)) continue;
      const path = `${parentPath === '/' ? '' : parentPath}/${properties.requireString('PathPart')}`;
      paths.set(refValue, path);
      visit(refValue, path);
    }
  };
  visit(rootId, '/');
  return paths;
}

function readModels(apiId: string, stack: Stack): JsonObject {
  const definitions = listOf(stack, MODEL, apiId).map(({ name, properties }) => [
    name,
    localizeReferences(parseSchema(properties.getValue('Schema'))),
  ]);
  return Object.fromEntries(definitions);
}

/** Parses a schema, which is an object or a JSON string. */
function parseSchema(schema: unknown): unknown {
  if (typeof schema !== 'string') return schema;
  try {
    return JSON.parse(schema);
  } catch {
    return undefined;
  }
}

function readAuth(
  properties: PropertyMap,
  authorizers: ReadonlyMap<string, RestAuthorizerModel>,
): MethodAuth {
  const types = ['NONE', 'AWS_IAM', 'CUSTOM', 'COGNITO_USER_POOLS'] as const;
  const type = properties.getEnum('AuthorizationType', types) ?? 'NONE';
  if (type === 'AWS_IAM') return { requiresIam: true };
  if (type === 'NONE') return {};
  const authorizer = authorizers.get(properties.requireString('AuthorizerId'));
  const isCognito = type === 'COGNITO_USER_POOLS';
  if (!authorizer || (authorizer.type === 'COGNITO_USER_POOLS') !== isCognito) {
    properties.addProblem(
      `must be the ID of an authorizer for the AuthorizationType ${type}`,
      'AuthorizerId',
    );
    return {};
  }
  return { authorizer, scopes: properties.getStrings('AuthorizationScopes') };
}

function readValidation(properties: PropertyMap, models: JsonObject, stack: Stack): ValidationDefinition {
  const validatorId = properties.getString('RequestValidatorId');
  const validator = stack.listResourcesOf(VALIDATOR).find(({ refValue }) => refValue === validatorId);
  const parameters = properties.getMap('RequestParameters');
  const byType = properties.getMap('RequestModels');
  const schemas = (byType?.keys ?? []).flatMap((type) => {
    const model = models[byType?.getString(type) ?? ''];
    return isObject(model) ? [[type, createSchema(model, { definitions: models })] as const] : [];
  });
  return {
    validatesBody: validator?.properties.getBoolean('ValidateRequestBody') ?? false,
    validatesParameters: validator?.properties.getBoolean('ValidateRequestParameters') ?? false,
    parameters: Object.fromEntries(
      (parameters?.keys ?? []).map((name) => [name, parameters?.getBoolean(name) ?? false]),
    ),
    schemas: Object.fromEntries(schemas),
  };
}

/** Converts an integration to the member names of OpenAPI. */
function toDefinition(integration: PropertyMap): IntegrationDefinition {
  const responses = integration.getMaps('IntegrationResponses').map((response) => [
    response.getString('SelectionPattern') || 'default',
    {
      statusCode: response.getString('StatusCode'),
      responseParameters: response.getValue('ResponseParameters'),
      responseTemplates: response.getValue('ResponseTemplates'),
    },
  ]);
  return {
    type: integration.requireString('Type'),
    uri: integration.getString('Uri'),
    httpMethod: integration.getString('IntegrationHttpMethod'),
    credentials: integration.getString('Credentials'),
    passthroughBehavior: integration.getString('PassthroughBehavior'),
    requestParameters: integration.getValue('RequestParameters'),
    requestTemplates: integration.getValue('RequestTemplates'),
    responses: Object.fromEntries(responses),
    contentHandling: integration.getString('ContentHandling'),
    timeoutInMillis: integration.getString('TimeoutInMillis'),
    responseTransferMode: integration.getString('ResponseTransferMode'),
    connectionType: integration.getString('ConnectionType'),
  };
}

/** Reads the AWS::ApiGateway::GatewayResponse resources of an API, by type. */
export function readGatewayResponses(apiId: string, stack: Stack): Record<string, GatewayResponseModel> {
  return Object.fromEntries(
    listOf(stack, GATEWAY_RESPONSE, apiId).map(({ properties }) => [
      properties.requireString('ResponseType'),
      createGatewayResponseModel({
        statusCode: properties.getString('StatusCode'),
        responseParameters: properties.getValue('ResponseParameters'),
        responseTemplates: properties.getValue('ResponseTemplates'),
      }),
    ]),
  );
}
