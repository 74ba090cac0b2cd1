import type { RoleModel } from '../../core/model';
import type { PolicyStatement } from '../../iam/policy';
import type { PropertyMap } from '../property-map';
import type { StackResource } from '../stack/stack-resource';

/**
 * Returns the role that SAM generates from `Policies`. Its statements are unknown if the template names a role, or a
 * policy whose statements are not known here; the runtime then enforces nothing for that resource.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-policies
 */
export function createRoleModel(resource: StackResource): RoleModel {
  const { properties, deployment } = resource;
  if (properties.has('Role')) return { unresolved: ['Role'] };
  const { partition, region, accountId } = deployment;
  const arn = (service: string, name: string) => `arn:${partition}:${service}:${region}:${accountId}:${name}`;
  const unresolved: string[] = [];
  const statements = policiesOf(properties).flatMap((policy): readonly PolicyStatement[] => {
    if (typeof policy === 'string') {
      const known = managedPolicies[policy.split('/').pop() ?? ''];
      if (!known) unresolved.push(policy);
      return known ?? [];
    }
    if ('Statement' in policy) return [policy.Statement].flat() as PolicyStatement[];
    return Object.entries(policy).flatMap(([name, parameters]) => {
      const template = policyTemplates[name];
      if (!template) unresolved.push(name);
      return template?.((parameters ?? {}) as Record<string, string>, arn) ?? [];
    });
  });
  return unresolved.length > 0 ? { unresolved } : { statements, unresolved };
}

type Policy = string | Record<string, unknown>;

function policiesOf(properties: PropertyMap): Policy[] {
  const policies = properties.getValue('Policies');
  return ([policies ?? []].flat() as unknown[]).filter(
    (policy): policy is Policy =>
      typeof policy === 'string' || (typeof policy === 'object' && policy !== null),
  );
}

const allow = (Action: string | string[], Resource: string | string[] = '*'): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

/** Managed policies, by name. The first group covers services that need no emulation. */
const managedPolicies: Readonly<Record<string, readonly PolicyStatement[]>> = {
  AWSLambdaBasicExecutionRole: [],
  AWSLambdaVPCAccessExecutionRole: [],
  AWSXRayDaemonWriteAccess: [],
  AWSXrayWriteOnlyAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  AdministratorAccess: [allow('*')],
  AmazonAPIGatewayInvokeFullAccess: [allow(['execute-api:Invoke', 'execute-api:ManageConnections'])],
  AmazonDynamoDBFullAccess: [allow('dynamodb:*')],
  AmazonDynamoDBFullAccess_v2: [allow('dynamodb:*')],
  AmazonEventBridgeFullAccess: [allow('events:*')],
  AmazonSQSFullAccess: [allow('sqs:*')],
  AWSLambda_FullAccess: [allow('lambda:*')],
  AWSStepFunctionsFullAccess: [allow('states:*')],
  SecretsManagerReadWrite: [allow('secretsmanager:*')],
};

type PolicyTemplate = (
  parameters: Readonly<Record<string, string>>,
  arn: (service: string, name: string) => string,
) => readonly PolicyStatement[];

const readActions = ['GetItem', 'Scan', 'Query', 'BatchGetItem', 'DescribeTable'];
const writeActions = ['PutItem', 'UpdateItem', 'BatchWriteItem'];

function table(actions: readonly string[]): PolicyTemplate {
  return ({ TableName = '' }, arn) => [
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [arn('dynamodb', `table/${TableName}`), arn('dynamodb', `table/${TableName}/index/*`)],
    ),
  ];
}

/**
 * SAM's policy templates for the services that the runtime emulates.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
 */
const policyTemplates: Readonly<Record<string, PolicyTemplate>> = {
  DynamoDBCrudPolicy: table([...readActions, ...writeActions, 'DeleteItem', 'ConditionCheckItem']),
  DynamoDBReadPolicy: table(readActions),
  DynamoDBWritePolicy: table(writeActions),
  SQSSendMessagePolicy: ({ QueueName = '' }, arn) => [allow('sqs:SendMessage*', arn('sqs', QueueName))],
  SQSPollerPolicy: ({ QueueName = '' }, arn) => [
    allow(
      [
        ...['sqs:ChangeMessageVisibility', 'sqs:ChangeMessageVisibilityBatch', 'sqs:DeleteMessage'],
        ...['sqs:DeleteMessageBatch', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      ],
      arn('sqs', QueueName),
    ),
  ],
  LambdaInvokePolicy: ({ FunctionName = '' }, arn) => [
    allow('lambda:InvokeFunction', `${arn('lambda', `function:${FunctionName}`)}*`),
  ],
  StepFunctionsExecutionPolicy: ({ StateMachineName = '' }, arn) => [
    allow('states:StartExecution', arn('states', `stateMachine:${StateMachineName}`)),
  ],
  EventBridgePutEventsPolicy: ({ EventBusName = '' }, arn) => [
    allow('events:PutEvents', arn('events', `event-bus/${EventBusName}`)),
  ],
  AWSSecretsManagerGetSecretValuePolicy: ({ SecretArn = '' }) => [
    allow('secretsmanager:GetSecretValue', SecretArn),
  ],
};
