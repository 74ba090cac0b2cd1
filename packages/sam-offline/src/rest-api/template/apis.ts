import { readPlannedKeys } from '../../api-gateway/api-keys-template';
import { readStageVariables } from '../../api-gateway/stage-template';
import { isObject } from '../../core/service';
import type { PropertyMap, SupportedKeys } from '../../template/property-map';
import { REST_API, REST_DEPLOYMENT, REST_STAGE } from '../../template/resource-types';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import type { RestApiModel } from '../model';
import type { ApiDefinition } from './definition';
import { readMethodSettings } from './method-settings';
import { createRoutes } from './methods';
import { readOpenApi } from './open-api';
import { readGatewayResponses, readMethods } from './resources';
import { readSamApi } from './sam-api';
import { API, API_EVENT } from './types';

const API_KEYS: SupportedKeys = {
  emulated: ['Name', 'Body', 'BinaryMediaTypes', 'ApiKeySourceType'],
  inert: [
    ...['Description', 'EndpointConfiguration', 'FailOnWarnings', 'MinimumCompressionSize', 'Mode'],
    ...['Parameters', 'Tags', 'SecurityPolicy', 'EndpointAccessMode'],
  ],
  unsupported: {
    BodyS3Location: 'Use Body.',
    CloneFrom: 'Use Body.',
    DisableExecuteApiEndpoint: 'The runtime does not emulate custom domains.',
  },
  security: { Policy: 'The runtime does not evaluate the policies of APIs.' },
};

const STAGE_KEYS: SupportedKeys = {
  emulated: ['RestApiId', 'StageName', 'DeploymentId', 'Variables', 'MethodSettings', 'TracingEnabled'],
  inert: [
    ...['AccessLogSetting', 'CacheClusterEnabled', 'CacheClusterSize', 'Description', 'DocumentationVersion'],
    'Tags',
  ],
  unsupported: { CanarySetting: 'All requests reach the stage.' },
  security: { ClientCertificateId: 'API Gateway does not present a certificate to integrations here.' },
};

/** Creates the models of all stages of the template's REST APIs. */
export function createRestApiModels(stack: Stack): RestApiModel[] {
  const apis = stack.listResourcesOf(REST_API, API);
  const ids = apis.map(({ refValue }) => refValue);
  for (const { properties } of stack.listResourcesOf(API_EVENT)) {
    const apiId = properties.getString('RestApiId');
    if (apiId !== undefined && !ids.includes(apiId))
      properties.report('trigger', `must refer to a REST API of the template, but is ${apiId}`, 'RestApiId');
  }
  return apis.flatMap((api) =>
    api.type === REST_API ? createSamModels(api, stack) : createModels(api, stack),
  );
}

function createSamModels(api: StackResource, stack: Stack): RestApiModel[] {
  const { properties } = api;
  const definition = addResources(readSamApi(api, stack), api, stack);
  const stages = listStages(api, stack).map((stage) => ({
    name: stage.name,
    variables: readVariables(stage.properties),
    settings: stage.properties,
  }));
  const own = {
    name: properties.getString('StageName') ?? '',
    variables: readVariables(properties),
    settings: properties,
  };
  return [own, ...stages].map((stage) => createModel(api, definition, stage, stack));
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html */
function createModels(api: StackResource, stack: Stack): RestApiModel[] {
  const { properties } = api;
  properties.checkKeys(api.type, API_KEYS);
  const body = properties.getValue('Body');
  const declared = isObject(body) ? readOpenApi(body, properties.requireMap('Body'), api, stack) : undefined;
  const definition = addResources(
    {
      methods: declared?.methods ?? [],
      gatewayResponses: declared?.gatewayResponses ?? {},
      binaryMediaTypes: [...(declared?.binaryMediaTypes ?? []), ...properties.getStrings('BinaryMediaTypes')],
      apiKeySource:
        properties.getEnum('ApiKeySourceType', ['HEADER', 'AUTHORIZER']) ??
        declared?.apiKeySource ??
        'HEADER',
    },
    api,
    stack,
  );
  const stages = [
    ...listStages(api, stack).map((stage) => ({
      name: stage.name,
      variables: readVariables(stage.properties),
      settings: stage.properties,
    })),
    ...listDeployedStages(api, stack),
  ];
  if (stages.length === 0)
    properties.report('warning', 'The API has no stage, so it is not served. Add an AWS::ApiGateway::Stage.');
  return stages.map((stage) => createModel(api, definition, stage, stack));
}

interface Stage {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: PropertyMap;
}

/** Lists the declared stages of an API. */
function listStages(api: StackResource, stack: Stack): StackResource[] {
  const stages = stack
    .listResourcesOf(REST_STAGE)
    .filter(
      ({ properties, generatedFor }) =>
        generatedFor === undefined && properties.getString('RestApiId') === api.refValue,
    );
  for (const { properties, type } of stages) {
    properties.checkKeys(type, STAGE_KEYS);
    properties.requireKey('DeploymentId');
  }
  return stages;
}

/** Lists the stages that deployments of an API create. */
function listDeployedStages(api: StackResource, stack: Stack): Stage[] {
  return stack.listResourcesOf(REST_DEPLOYMENT).flatMap(({ properties }) => {
    const name = properties.getString('StageName');
    if (name === undefined || properties.getString('RestApiId') !== api.refValue) return [];
    const settings = properties.getMap('StageDescription');
    return [{ name, variables: settings ? readVariables(settings) : {}, settings: settings ?? properties }];
  });
}

function readVariables(properties: PropertyMap): Record<string, string> {
  return readStageVariables(properties, 'Variables');
}

/** Adds the methods and gateway responses that the template declares as resources. */
function addResources(definition: ApiDefinition, api: StackResource, stack: Stack): ApiDefinition {
  return {
    ...definition,
    methods: [...definition.methods, ...readMethods(api, stack)],
    gatewayResponses: { ...definition.gatewayResponses, ...readGatewayResponses(api.refValue, stack) },
  };
}

function createModel(
  api: StackResource,
  { methods, ...definition }: ApiDefinition,
  { name: stage, variables, settings }: Stage,
  stack: Stack,
): RestApiModel {
  const { logicalId, refValue: apiId } = api;
  const context = { logicalId, apiId, stage, stageVariables: variables, stack };
  return {
    logicalId,
    apiId,
    name: api.properties.getString('Name') ?? stack.deployment.stackName,
    stage,
    stageVariables: variables,
    routes: createRoutes(methods, context, readMethodSettings(settings)),
    ...definition,
    apiKeys: readPlannedKeys(apiId, stage, stack),
    tracing: settings.getBoolean('TracingEnabled') ?? false,
  };
}
