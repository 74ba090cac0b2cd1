import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isObject, type JsonObject } from '../../core/service';
import type { PropertyMap, SupportedKeys } from '../../template/property-map';
import { FUNCTIONS, STATE_MACHINES } from '../../template/resource-types';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import { toPlainValue } from '../../template/yaml/node';
import { parseYaml } from '../../template/yaml/parse';
import type { GatewayResponseModel } from '../model';
import {
  type ApiDefinition,
  type IntegrationDefinition,
  type MethodDefinition,
  NO_VALIDATION,
  type ValidationDefinition,
} from './definition';
import { readOpenApi } from './open-api';
import { readSamAuth, type SamAuth } from './sam-auth';
import { createPreflights } from './sam-cors';
import { createSchema } from './schemas';
import { API_EVENT } from './types';

const KEYS: SupportedKeys = {
  emulated: [
    ...[
      'StageName',
      'DefinitionBody',
      'DefinitionUri',
      'Cors',
      'Auth',
      'GatewayResponses',
      'BinaryMediaTypes',
    ],
    ...['Variables', 'MethodSettings', 'Models', 'Name', 'ApiKeySourceType', 'TracingEnabled'],
  ],
  inert: [
    ...['AccessLogSetting', 'AlwaysDeploy', 'CacheClusterEnabled', 'CacheClusterSize', 'Description'],
    ...['EndpointConfiguration', 'FailOnWarnings', 'MergeDefinitions', 'MinimumCompressionSize', 'Mode'],
    ...['OpenApiVersion', 'PropagateTags', 'Tags', 'SecurityPolicy', 'EndpointAccessMode'],
  ],
  unsupported: {
    CanarySetting: 'All requests reach the stage.',
    DisableExecuteApiEndpoint: 'The runtime does not emulate custom domains.',
    Domain: 'The runtime does not emulate custom domains.',
  },
  security: { Policy: 'The runtime does not evaluate the policies of APIs.' },
};

/**
 * Reads an AWS::Serverless::Api: the OpenAPI document, the events of functions and state machines, and the resources that SAM
 * adds.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
 */
export function readSamApi(api: StackResource, stack: Stack): ApiDefinition {
  const { properties } = api;
  properties.checkKeys(api.type, KEYS);
  properties.requireKey('StageName');
  const declared = readDeclared(api, stack);
  const auth = readSamAuth(api, stack);
  const methods = addEvents(declared.methods, readEvents(api, auth, stack));
  const all = [...methods, ...createPreflights(properties, methods, auth)].map((method) => ({
    ...method,
    auth: method.auth ?? auth.defaults,
  }));
  const keySource = properties.getEnum('ApiKeySourceType', ['HEADER', 'AUTHORIZER']);
  return {
    methods: all,
    gatewayResponses: { ...declared.gatewayResponses, ...readGatewayResponses(properties) },
    binaryMediaTypes: [
      ...declared.binaryMediaTypes,
      ...properties.getStrings('BinaryMediaTypes').map((type) => type.replaceAll('~1', '/')),
    ],
    apiKeySource: keySource ?? declared.apiKeySource,
  };
}

const EMPTY: ApiDefinition = {
  methods: [],
  gatewayResponses: {},
  binaryMediaTypes: [],
  apiKeySource: 'HEADER',
};

function readDeclared(api: StackResource, stack: Stack): ApiDefinition {
  const { properties } = api;
  if (properties.has('DefinitionBody')) {
    const body = properties.getValue('DefinitionBody');
    return isObject(body) ? readOpenApi(body, properties.requireMap('DefinitionBody'), api, stack) : EMPTY;
  }
  if (!properties.has('DefinitionUri')) return EMPTY;
  const uri = properties.getValue('DefinitionUri');
  const document = typeof uri === 'string' ? readLocalFile(uri, properties, stack) : undefined;
  if (document) return readOpenApi(document, properties, api, stack);
  properties.report('unsupported', 'The OpenAPI document is not a local file.', 'DefinitionUri');
  return EMPTY;
}

/** Reads an OpenAPI document from a local file. As on AWS, intrinsic functions in the file are not evaluated. */
function readLocalFile(uri: string, properties: PropertyMap, stack: Stack): JsonObject | undefined {
  if (/^\w+:\/\//.test(uri)) return undefined;
  try {
    const document = toPlainValue(
      parseYaml(readFileSync(resolve(stack.root, uri), 'utf8'), uri, stack.problems),
    );
    return isObject(document) ? document : undefined;
  } catch (error) {
    properties.addProblem(`The file ${uri} cannot be read: ${(error as Error).message}`, 'DefinitionUri');
    return {};
  }
}

/** Adds the methods of events. If a declared method has no integration, an event can add the integration. */
function addEvents(
  declared: readonly MethodDefinition[],
  events: readonly MethodDefinition[],
): MethodDefinition[] {
  const methods = new Map(declared.map((method) => [`${method.method} ${method.path}`, method]));
  for (const event of events) {
    const key = `${event.method} ${event.path}`;
    const existing = methods.get(key);
    if (existing?.integration)
      event.at.addProblem(
        `API method "${event.method.toLowerCase()}" defined multiple times for path "${event.path}".`,
        'Path',
      );
    methods.set(key, existing ? { ...existing, ...event, validation: existing.validation } : event);
  }
  return [...methods.values()];
}

function readEvents(api: StackResource, auth: SamAuth, stack: Stack): MethodDefinition[] {
  return stack
    .listResourcesOf(API_EVENT)
    .filter(({ properties }) => properties.getString('RestApiId') === api.refValue)
    .map((event) => {
      // As on AWS, the API depends on the function, because the OpenAPI document contains the function's ARN.
      for (const logicalId of event.dependencies)
        if (logicalId !== api.logicalId) api.addDependency(logicalId);
      return readEvent(event.properties, api, auth, stack);
    });
}

function readEvent(event: PropertyMap, api: StackResource, auth: SamAuth, stack: Stack): MethodDefinition {
  const path = event.requireString('Path');
  const given = event.requireString('Method').toUpperCase();
  const method = given === 'ANY' || given === 'X-AMAZON-APIGATEWAY-ANY-METHOD' ? 'ANY' : given;
  if (!/^\/(?:[\w.~!$&'()*+,;=:@%{}-]+\/?)*$/.test(path))
    event.addProblem(`must be a path, for example /rooms/{room} or /{proxy+}, but is ${path}`, 'Path');
  const { requiresApiKey = auth.requiresApiKey, ...own } = auth.readEvent(event, `${method} ${path}`);
  return {
    path: path.replace(/(?<=.)\/$/, ''),
    method,
    integration: event.has('StateMachine') ? createExecution(event, stack) : createProxy(event, stack),
    ...own,
    requiresApiKey,
    validation: readValidation(event, api),
    responses: { 200: [], 400: [] },
    at: event,
  };
}

function createProxy(event: PropertyMap, stack: Stack): IntegrationDefinition {
  const name = event.getString('Function') ?? '';
  const fn = stack.listResourcesOf(...FUNCTIONS).find(({ refValue }) => refValue === name);
  const { region } = stack.deployment;
  const arn = fn?.getAttribute('Arn') ?? name;
  return {
    type: 'aws_proxy',
    httpMethod: 'POST',
    uri: `arn:${stack.deployment.partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
    timeoutInMillis: event.getString('TimeoutInMillis'),
    responseTransferMode: event.getEnum('ResponseTransferMode', ['BUFFERED', 'STREAM']),
  };
}

/** Creates the integration that SAM generates for a state machine, with a role that may start executions. */
function createExecution(event: PropertyMap, stack: Stack): IntegrationDefinition {
  const arn = event.getString('StateMachine') ?? '';
  const machine = stack.listResourcesOf(...STATE_MACHINES).find(({ refValue }) => refValue === arn);
  const input = "$util.escapeJavaScript($input.json('$'))";
  const unescapes = event.getBoolean('UnescapeMappingTemplate') ?? false;
  const escaped = unescapes ? `${input.slice(0, -1)}).replaceAll("\\\\'","'")` : input;
  return {
    type: 'aws',
    httpMethod: 'POST',
    uri: `arn:${stack.deployment.partition}:apigateway:${stack.deployment.region}:states:action/StartExecution`,
    startsExecutionOf: machine?.refValue ?? arn,
    requestTemplates: { 'application/json': `{"input": "${escaped}", "stateMachineArn": "${arn}"}` },
    responses: { default: { statusCode: 200 }, 400: { statusCode: 400 } },
  };
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-requestmodel.html */
function readValidation(event: PropertyMap, api: StackResource): ValidationDefinition {
  const model = event.getMap('RequestModel');
  const definitions = api.properties.getValue('Models');
  const name = model?.requireString('Model') ?? '';
  const schemas = isObject(definitions) ? definitions : {};
  const schema = schemas[name.toLowerCase()] ?? schemas[name];
  if (model && !isObject(schema))
    model.addProblem(
      `Unable to set RequestModel [${name}], because the Models of the API do not have it`,
      'Model',
    );
  const parameters = Object.fromEntries(
    event.getItems('RequestParameters').flatMap((node) => {
      const item = toPlainValue(node);
      if (typeof item === 'string') return [[item, false] as const];
      return Object.entries(isObject(item) ? item : {}).map(
        ([source, settings]) => [source, isObject(settings) && settings.Required === true] as const,
      );
    }),
  );
  return {
    ...NO_VALIDATION,
    validatesBody: model?.getBoolean('ValidateBody') ?? false,
    validatesParameters:
      model?.getBoolean('ValidateParameters') ?? Object.values(parameters).some((isRequired) => isRequired),
    parameters,
    schemas: isObject(schema) ? { 'application/json': createSchema(schema, { definitions: schemas }) } : {},
  };
}

/** https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-gatewayresponse.html */
function readGatewayResponses(api: PropertyMap): Record<string, GatewayResponseModel> {
  const responses = api.getMap('GatewayResponses');
  return Object.fromEntries(
    (responses?.keys ?? []).flatMap((type) => {
      const response = responses?.getMap(type);
      if (!response) return [];
      response.checkKeys('a gateway response', {
        emulated: ['StatusCode', 'ResponseParameters', 'ResponseTemplates'],
      });
      const statusCode = response.getInteger('StatusCode', 200, 599);
      return [
        [
          type,
          {
            headers: readTextMap(response.getMap('ResponseParameters')?.getMap('Headers')),
            templates: readTextMap(response.getMap('ResponseTemplates')),
            ...(statusCode === undefined ? {} : { statusCode }),
          },
        ] as const,
      ];
    }),
  );
}

function readTextMap(map: PropertyMap | undefined): Record<string, string> {
  return Object.fromEntries((map?.keys ?? []).map((name) => [name, map?.getString(name) ?? '']));
}
