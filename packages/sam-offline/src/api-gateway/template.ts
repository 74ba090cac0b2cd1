import type { PropertyMap, SupportedKeys } from '../template/property-map';
import { API, HTTP_API, INTEGRATION, ROUTE, STAGE, WEBSOCKET_API } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import { checkApiKeys } from './api-keys-template';
import { checkAuthorizer } from './authorizers/template';
import { checkIntegration } from './integration-template';
import { checkStage } from './stage-template';
import { API_GATEWAY_TYPES, AUTHORIZER, INTEGRATION_RESPONSE, MODEL } from './types';

/**
 * Reads the resources that WebSocket and HTTP APIs share. Creates no models, because each kind of API creates its own models.
 */
export const apiGatewayTemplate: ServiceTemplate = {
  types: API_GATEWAY_TYPES,
  createModels(stack) {
    checkParts(stack);
    return {};
  },
};

/** Reports problems of routes, integrations and stages, and properties that have no effect. */
function checkParts(stack: Stack): void {
  const apiIds = stack.listResourcesOf(WEBSOCKET_API, HTTP_API, API).map(({ refValue }) => refValue);
  checkApiKeys(stack);
  for (const route of stack.listResourcesOf(ROUTE)) {
    route.properties.checkKeys(route.type, ROUTE_KEYS);
    if (
      route.properties.has('AuthorizationScopes') &&
      route.properties.getString('AuthorizationType') !== 'JWT'
    )
      route.properties.report('security', SCOPES_WITHOUT_JWT, 'AuthorizationScopes');
    requireApi(route.properties, apiIds);
  }
  for (const integration of stack.listResourcesOf(INTEGRATION)) {
    checkIntegration(integration, stack);
    requireApi(integration.properties, apiIds);
  }
  for (const stage of stack.listResourcesOf(STAGE)) {
    if (stage.generatedFor !== undefined) continue;
    checkStage(stage);
    requireApi(stage.properties, apiIds);
  }
  for (const authorizer of stack.listResourcesOf(AUTHORIZER)) {
    checkAuthorizer(authorizer);
    requireApi(authorizer.properties, apiIds);
  }
  for (const { properties, type } of stack.listResourcesOf(MODEL)) {
    properties.checkKeys(type, {
      emulated: ['ApiId', 'Name', 'Schema'],
      inert: ['ContentType', 'Description'],
    });
  }
  for (const { properties, type } of stack.listResourcesOf(INTEGRATION_RESPONSE)) {
    properties.checkKeys(type, INTEGRATION_RESPONSE_KEYS);
  }
}

const SCOPES_WITHOUT_JWT = 'AuthorizationScopes has no effect without AuthorizationType JWT.';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-route.html */
const ROUTE_KEYS: SupportedKeys = {
  emulated: [
    ...['ApiId', 'RouteKey', 'Target', 'AuthorizationType', 'ApiKeyRequired'],
    ...['RouteResponseSelectionExpression', 'AuthorizerId', 'ModelSelectionExpression', 'RequestModels'],
    'AuthorizationScopes',
  ],
  inert: ['OperationName'],
  unsupported: { RequestParameters: 'Check request parameters in the function.' },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integrationresponse.html */
const INTEGRATION_RESPONSE_KEYS: SupportedKeys = {
  emulated: [
    ...[
      'ApiId',
      'IntegrationId',
      'IntegrationResponseKey',
      'ResponseTemplates',
      'TemplateSelectionExpression',
    ],
    'ContentHandlingStrategy',
  ],
  unsupported: { ResponseParameters: 'Messages to clients have no headers.' },
};

function requireApi(properties: PropertyMap, apiIds: readonly string[]): void {
  properties.requireKey('ApiId');
  const apiId = properties.getString('ApiId');
  if (apiId !== undefined && !apiIds.includes(apiId)) {
    properties.report('unsupported', `must refer to an API of the template, but is ${apiId}`, 'ApiId');
  }
}
