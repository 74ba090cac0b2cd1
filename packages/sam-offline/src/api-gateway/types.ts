import {
  API,
  createIdGetter,
  DEPLOYMENT,
  type Getter,
  getName,
  HTTP_API,
  HTTP_EVENT,
  INTEGRATION,
  type ResourceType,
  ROUTE,
  STAGE,
  WEBSOCKET_API,
} from '../template/resource-types';
import type { StackResource } from '../template/stack/stack-resource';

const getApiId = createIdGetter(10);

const getHost: Getter = (resource) => {
  const { region, urlSuffix } = resource.deployment;
  return `${getApiId(resource)}.execute-api.${region}.${urlSuffix}`;
};

/** Creates a resource type. `Ref` and the attribute return a generated ID. */
function createIdType(attribute: string, length: number): ResourceType {
  return { ref: createIdGetter(length), attributes: { [attribute]: createIdGetter(length) } };
}

export const API_KEY = 'AWS::ApiGateway::ApiKey';
export const USAGE_PLAN = 'AWS::ApiGateway::UsagePlan';
export const USAGE_PLAN_KEY = 'AWS::ApiGateway::UsagePlanKey';
export const AUTHORIZER = 'AWS::ApiGatewayV2::Authorizer';
export const MODEL = 'AWS::ApiGatewayV2::Model';
export const ROUTE_RESPONSE = 'AWS::ApiGatewayV2::RouteResponse';
export const INTEGRATION_RESPONSE = 'AWS::ApiGatewayV2::IntegrationResponse';

/** Returns whether an AWS::ApiGatewayV2::Api is a WebSocket API rather than an HTTP API. */
export function isWebSocketApi({ properties }: StackResource): boolean {
  return properties.getString('ProtocolType') === 'WEBSOCKET';
}

/** The resource types of WebSocket and HTTP APIs. */
export const API_GATEWAY_TYPES: Readonly<Record<string, ResourceType>> = {
  [WEBSOCKET_API]: {
    ref: getApiId,
    attributes: {
      ApiId: getApiId,
      ApiEndpoint: (api) => `wss://${getHost(api)}`,
      ExecuteApiArn: (api) => api.deployment.formatArn('execute-api', getApiId(api)),
    },
  },
  [HTTP_API]: {
    ref: getApiId,
    attributes: { ApiId: getApiId, ApiEndpoint: (api) => `https://${getHost(api)}` },
  },
  [API]: {
    ref: getApiId,
    attributes: {
      ApiId: getApiId,
      ApiEndpoint: (api) =>
        `${api.getProperty('ProtocolType') === 'WEBSOCKET' ? 'wss' : 'https'}://${getHost(api)}`,
    },
  },
  [HTTP_EVENT]: { ref: getName, attributes: {} },
  [ROUTE]: createIdType('RouteId', 7),
  [INTEGRATION]: createIdType('IntegrationId', 7),
  [STAGE]: { nameProperty: 'StageName', ref: getName, attributes: {} },
  [DEPLOYMENT]: createIdType('DeploymentId', 6),
  [AUTHORIZER]: createIdType('AuthorizerId', 6),
  [API_KEY]: createIdType('APIKeyId', 10),
  [USAGE_PLAN]: createIdType('Id', 6),
  [USAGE_PLAN_KEY]: createIdType('Id', 10),
  [MODEL]: createIdType('ModelId', 6),
  [ROUTE_RESPONSE]: createIdType('RouteResponseId', 7),
  [INTEGRATION_RESPONSE]: createIdType('IntegrationResponseId', 7),
};
