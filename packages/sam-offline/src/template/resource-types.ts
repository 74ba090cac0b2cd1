import type { Deployment } from './stack/deployment';

/** The values from which `Ref` and the attributes of a resource are derived. */
export interface NamedResource {
  readonly logicalId: string;
  /** The physical name, set by the template or generated. */
  readonly name: string;
  readonly deployment: Deployment;
  /** Returns the evaluated value of a property. */
  getProperty(key: string): string | undefined;
}

type Getter = (resource: NamedResource) => string;

/** The return values of `Ref` and `Fn::GetAtt` for a resource type, as documented for the type. */
export interface ResourceType {
  /** The property that sets the physical name. */
  readonly nameProperty?: string;
  /** The maximum length of a name. */
  readonly maxNameLength?: number;
  readonly ref: Getter;
  readonly attributes: Readonly<Record<string, Getter>>;
}

export const FUNCTION = 'AWS::Serverless::Function';
export const STATE_MACHINE = 'AWS::Serverless::StateMachine';
export const WEBSOCKET_API = 'AWS::Serverless::WebSocketApi';
export const HTTP_API = 'AWS::Serverless::HttpApi';
/** An internal type for HttpApi events, for which SAM generates no resource: it adds them to the OpenAPI document. */
export const HTTP_EVENT = 'Local::HttpApi::Event';
export const ROUTE = 'AWS::ApiGatewayV2::Route';
export const INTEGRATION = 'AWS::ApiGatewayV2::Integration';
export const STAGE = 'AWS::ApiGatewayV2::Stage';
export const TABLE = 'AWS::DynamoDB::Table';
export const EVENT_BUS = 'AWS::Events::EventBus';
export const RULE = 'AWS::Events::Rule';
export const QUEUE = 'AWS::SQS::Queue';
export const SECRET = 'AWS::SecretsManager::Secret';

export const getName: Getter = (resource) => resource.name;

/** Creates a getter for an ARN whose resource part is the prefix, the name and the suffix. */
export function createArnGetter(service: string, prefix: string, suffix = ''): Getter {
  return ({ deployment, name }) => deployment.formatArn(service, `${prefix}${name}${suffix}`);
}

/** Creates a getter for a generated ID. */
export function createIdGetter(length: number): Getter {
  return ({ deployment, logicalId }) => deployment.createId(logicalId, length);
}

const getApiId = createIdGetter(10);
const getMachineArn = createArnGetter('states', 'stateMachine:');
/** Secrets Manager appends six generated characters to the name in the ARN. */
const getSecretArn: Getter = (secret) =>
  secret.deployment.formatArn(
    'secretsmanager',
    `secret:${secret.name}-${secret.deployment.createId(secret.logicalId, 6)}`,
  );
const getQueueUrl: Getter = ({ deployment: { region, urlSuffix, accountId }, name }) =>
  `https://sqs.${region}.${urlSuffix}/${accountId}/${name}`;

/** The resource types that the runtime emulates. */
export const EMULATED_TYPES: Readonly<Record<string, ResourceType>> = {
  [FUNCTION]: {
    nameProperty: 'FunctionName',
    maxNameLength: 64,
    ref: getName,
    attributes: { Arn: createArnGetter('lambda', 'function:') },
  },
  [STATE_MACHINE]: {
    nameProperty: 'Name',
    maxNameLength: 80,
    ref: getMachineArn,
    attributes: { Arn: getMachineArn, Name: getName },
  },
  [WEBSOCKET_API]: {
    ref: getApiId,
    attributes: {
      ApiId: getApiId,
      ApiEndpoint: (resource) => {
        const { region, urlSuffix } = resource.deployment;
        return `wss://${getApiId(resource)}.execute-api.${region}.${urlSuffix}`;
      },
      ExecuteApiArn: (resource) => resource.deployment.formatArn('execute-api', getApiId(resource)),
    },
  },
  [HTTP_API]: {
    ref: getApiId,
    attributes: {
      ApiId: getApiId,
      ApiEndpoint: (resource) => {
        const { region, urlSuffix } = resource.deployment;
        return `https://${getApiId(resource)}.execute-api.${region}.${urlSuffix}`;
      },
    },
  },
  [HTTP_EVENT]: { ref: getName, attributes: {} },
  [ROUTE]: { ref: createIdGetter(7), attributes: { RouteId: createIdGetter(7) } },
  [INTEGRATION]: { ref: createIdGetter(7), attributes: { IntegrationId: createIdGetter(7) } },
  [STAGE]: { nameProperty: 'StageName', ref: getName, attributes: {} },
  [TABLE]: {
    nameProperty: 'TableName',
    maxNameLength: 255,
    ref: getName,
    attributes: { Arn: createArnGetter('dynamodb', 'table/') },
  },
  [EVENT_BUS]: {
    nameProperty: 'Name',
    maxNameLength: 256,
    ref: getName,
    attributes: { Arn: createArnGetter('events', 'event-bus/'), Name: getName },
  },
  [RULE]: {
    nameProperty: 'Name',
    maxNameLength: 64,
    ref: (rule) => (getBusName(rule) === 'default' ? rule.name : `${getBusName(rule)}|${rule.name}`),
    attributes: {
      Arn: (rule) => {
        const path = getBusName(rule) === 'default' ? rule.name : `${getBusName(rule)}/${rule.name}`;
        return rule.deployment.formatArn('events', `rule/${path}`);
      },
      RuleName: getName,
    },
  },
  [QUEUE]: {
    nameProperty: 'QueueName',
    maxNameLength: 80,
    ref: getQueueUrl,
    attributes: { Arn: createArnGetter('sqs', ''), QueueName: getName, QueueUrl: getQueueUrl },
  },
  [SECRET]: { nameProperty: 'Name', maxNameLength: 512, ref: getSecretArn, attributes: { Id: getSecretArn } },
};

function getBusName(rule: NamedResource): string {
  return parseBusName(rule.getProperty('EventBusName'));
}

/** Returns the name of a bus given by name or ARN, or `default` without one. */
export function parseBusName(nameOrArn: string | undefined): string {
  return nameOrArn?.replace(/^arn:.*:event-bus\//, '') ?? 'default';
}
