import type { Deployment } from '../stack/deployment';

/** What a `Ref` or an attribute is made of. */
export interface Named {
  readonly logicalId: string;
  /** The physical name: the one the template states, else a generated one. */
  readonly name: string;
  readonly deployment: Deployment;
  /** A property's value as text, evaluated. */
  property(key: string): string | undefined;
}

type Value = (resource: Named) => string;

/** How a resource type answers `Ref` and `Fn::GetAtt`, as the type's page "Return values" says. */
export interface Identity {
  /** The property that states the physical name. */
  readonly nameProperty?: string;
  /** The longest name the service takes. */
  readonly maxName?: number;
  readonly ref: Value;
  readonly attributes: Readonly<Record<string, Value>>;
}

export const FUNCTION = 'AWS::Serverless::Function';
export const STATE_MACHINE = 'AWS::Serverless::StateMachine';
export const WEBSOCKET_API = 'AWS::Serverless::WebSocketApi';
export const HTTP_API = 'AWS::Serverless::HttpApi';
/** Not AWS's: SAM writes an HttpApi event into its API's OpenAPI document, where there is no resource for it. */
export const HTTP_EVENT = 'Local::HttpApi::Event';
export const ROUTE = 'AWS::ApiGatewayV2::Route';
export const INTEGRATION = 'AWS::ApiGatewayV2::Integration';
export const STAGE = 'AWS::ApiGatewayV2::Stage';
export const TABLE = 'AWS::DynamoDB::Table';
export const EVENT_BUS = 'AWS::Events::EventBus';
export const RULE = 'AWS::Events::Rule';
export const QUEUE = 'AWS::SQS::Queue';
export const SECRET = 'AWS::SecretsManager::Secret';

export const name: Value = (resource) => resource.name;

/** A value of the form `arn:…:SERVICE:REGION:ACCOUNT:PREFIX` + name. */
export function arn(service: string, prefix: string, suffix = ''): Value {
  return ({ deployment, name }) => deployment.arn(service, `${prefix}${name}${suffix}`);
}

/** A short id as API Gateway makes them. */
export function id(length: number): Value {
  return ({ deployment, logicalId }) => deployment.id(logicalId, length);
}

const apiId = id(10);
const machineArn = arn('states', 'stateMachine:');
/** Secrets Manager ends a secret's ARN with six characters of its own. */
const secretArn: Value = (secret) =>
  secret.deployment.arn(
    'secretsmanager',
    `secret:${secret.name}-${secret.deployment.id(secret.logicalId, 6)}`,
  );
const queueUrl: Value = ({ deployment: { region, urlSuffix, accountId }, name }) =>
  `https://sqs.${region}.${urlSuffix}/${accountId}/${name}`;

/** The types this runtime runs. */
export const IDENTITIES: Readonly<Record<string, Identity>> = {
  [FUNCTION]: {
    nameProperty: 'FunctionName',
    maxName: 64,
    ref: name,
    attributes: { Arn: arn('lambda', 'function:') },
  },
  [STATE_MACHINE]: {
    nameProperty: 'Name',
    maxName: 80,
    ref: machineArn,
    attributes: { Arn: machineArn, Name: name },
  },
  [WEBSOCKET_API]: {
    ref: apiId,
    attributes: {
      ApiId: apiId,
      ApiEndpoint: (resource) => {
        const { region, urlSuffix } = resource.deployment;
        return `wss://${apiId(resource)}.execute-api.${region}.${urlSuffix}`;
      },
      ExecuteApiArn: (resource) => resource.deployment.arn('execute-api', apiId(resource)),
    },
  },
  [HTTP_API]: {
    ref: apiId,
    attributes: {
      ApiId: apiId,
      ApiEndpoint: (resource) => {
        const { region, urlSuffix } = resource.deployment;
        return `https://${apiId(resource)}.execute-api.${region}.${urlSuffix}`;
      },
    },
  },
  [HTTP_EVENT]: { ref: name, attributes: {} },
  [ROUTE]: { ref: id(7), attributes: { RouteId: id(7) } },
  [INTEGRATION]: { ref: id(7), attributes: { IntegrationId: id(7) } },
  [STAGE]: { nameProperty: 'StageName', ref: name, attributes: {} },
  [TABLE]: {
    nameProperty: 'TableName',
    maxName: 255,
    ref: name,
    attributes: { Arn: arn('dynamodb', 'table/') },
  },
  [EVENT_BUS]: {
    nameProperty: 'Name',
    maxName: 256,
    ref: name,
    attributes: { Arn: arn('events', 'event-bus/'), Name: name },
  },
  [RULE]: {
    nameProperty: 'Name',
    maxName: 64,
    ref: (rule) => (busOf(rule) === 'default' ? rule.name : `${busOf(rule)}|${rule.name}`),
    attributes: {
      Arn: (rule) => {
        const path = busOf(rule) === 'default' ? rule.name : `${busOf(rule)}/${rule.name}`;
        return rule.deployment.arn('events', `rule/${path}`);
      },
      RuleName: name,
    },
  },
  [QUEUE]: {
    nameProperty: 'QueueName',
    maxName: 80,
    ref: queueUrl,
    attributes: { Arn: arn('sqs', ''), QueueName: name, QueueUrl: queueUrl },
  },
  [SECRET]: { nameProperty: 'Name', maxName: 512, ref: secretArn, attributes: { Id: secretArn } },
};

function busOf(rule: Named): string {
  return busName(rule.property('EventBusName'));
}

/** A bus is named by its name or its ARN; `default` if it is not named. */
export function busName(nameOrArn: string | undefined): string {
  return nameOrArn?.replace(/^arn:.*:event-bus\//, '') ?? 'default';
}
