import { isObject } from '../core/service';
import { getOwnMember } from '../json/own-member';
import type { PropertyMap } from '../template/property-map';
import { EVENT_SOURCE_MAPPING, ROLE } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { checkDocument, checkPolicies } from './check-policies';
import type { RoleModel } from './model';
import { listOtherServices, serviceOfPolicyName } from './other-services';
import type { PolicyStatement } from './policy';

/** Creates the ARN of a resource in the deployment's region and account. */
type FormatArn = (service: string, name: string) => string;

/**
 * Returns the role of a function, a state machine or a rule's target. This is the role in the property `roleKey`, or the role
 * that SAM generates from `Policies`. If the role or a policy is not in the template, the statements are unknown, and the
 * runtime does not enforce the permissions of the resource.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-policies
 *
 * @param roleKey the property that contains the role's ARN: `Role` or `RoleArn`
 */
export function createRoleModel(
  resource: Pick<StackResource, 'logicalId' | 'properties' | 'deployment'>,
  roleKey: string,
  stack: Stack,
): RoleModel {
  const { properties, deployment } = resource;
  const format: FormatArn = (service, name) => deployment.formatArn(service, name);
  const unresolved: string[] = [];
  const read = (policies: readonly Policy[]) =>
    policies.flatMap((policy) => readPolicy(policy, format, unresolved, stack));
  const createModel = (statements: readonly PolicyStatement[]): RoleModel => {
    if (unresolved.length === 0) return { statements, unresolved };
    properties.report(
      'security',
      `The permissions of ${resource.logicalId} are not enforced, because the template does not contain them: ` +
        unresolved.join(', '),
    );
    return { unresolved };
  };
  if (!properties.has(roleKey)) {
    checkPolicies(properties.getNode('Policies'), stack.problems);
    const given = [
      ...listPolicies(properties.getValue('Policies')),
      ...listAttachedPolicies(findGeneratedRole(resource, stack), stack),
    ];
    const statements = read([...given, ...listSourcePolicies(resource, stack)]);
    reportOtherServices(statements, given, resource, 'Policies', stack);
    return createModel(statements);
  }
  const role = stack.findByArn(properties.getString(roleKey) ?? '');
  if (role?.type !== ROLE) {
    unresolved.push(roleKey);
    return createModel([]);
  }
  const policies = listRolePolicies(role, stack);
  const statements = read(policies);
  reportOtherServices(statements, policies, resource, roleKey, stack);
  return createModel(statements);
}

/** Reports services that the resource may call but that the runtime does not emulate. */
function reportOtherServices(
  statements: readonly PolicyStatement[],
  policies: readonly Policy[],
  { logicalId, properties }: Pick<StackResource, 'logicalId' | 'properties'>,
  key: string,
  stack: Stack,
): void {
  const names = policies.flatMap((policy) =>
    typeof policy === 'string' ? (policy.split('/').pop() ?? '') : Object.keys(policy),
  );
  // If the template declares resources of a service, the unsupported resources are already reported.
  const declared = new Set(stack.listResources().map(({ type }) => type.split('::')[1]?.toLowerCase()));
  const services = listOtherServices(statements, names).filter(
    (service) => !declared.has(service.split('-')[0]),
  );
  if (services.length === 0) return;
  properties.report(
    'unsupported',
    `${logicalId} may call ${services.join(', ')}, which the runtime does not emulate. These calls fail.`,
    key,
  );
}

type Policy = string | Record<string, unknown>;

function listPolicies(value: unknown): Policy[] {
  return ([value ?? []].flat() as unknown[]).filter(
    (policy): policy is Policy =>
      typeof policy === 'string' || (typeof policy === 'object' && policy !== null),
  );
}

/**
 * Returns the policies that SAM adds to a function's role for events of the types SQS and DynamoDB, and for the destinations of
 * failed batches.
 * https://github.com/aws/serverless-application-model/blob/develop/samtranslator/model/eventsources/pull.py
 */
function listSourcePolicies({ logicalId }: Pick<StackResource, 'logicalId'>, stack: Stack): Policy[] {
  const mappings = stack
    .listResourcesOf(EVENT_SOURCE_MAPPING)
    .filter(({ generatedFor }) => generatedFor === logicalId);
  const sources = mappings.map(({ properties }) => properties.getString('EventSourceArn')?.split(':')[2]);
  const destinations = mappings.flatMap(
    ({ properties }) =>
      properties.getMap('DestinationConfig')?.getMap('OnFailure')?.getString('Destination') ?? [],
  );
  return [
    ...(destinations.length > 0 ? [{ Statement: allow('sqs:SendMessage', destinations) }] : []),
    ...(sources.includes('sqs') ? ['AWSLambdaSQSQueueExecutionRole'] : []),
    ...(sources.includes('dynamodb') ? ['AWSLambdaDynamoDBExecutionRole'] : []),
  ];
}

/** Returns the policies of a role: inline policies, managed policies, and policy resources that refer to the role. */
function listRolePolicies(role: StackResource, stack: Stack): Policy[] {
  const own = role.properties.getMaps('Policies').flatMap((policy) => readDocument(policy, stack));
  const managed = listPolicies(role.properties.getValue('ManagedPolicyArns'));
  return [...own, ...managed, ...listAttachedPolicies(role, stack)];
}

/** Returns the policies in policy resources that refer to a role. */
function listAttachedPolicies(role: StackResource | undefined, stack: Stack): Policy[] {
  if (role === undefined) return [];
  return stack
    .listResourcesOf('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy')
    .filter(({ properties }) => namesOf(properties).includes(role.name))
    .flatMap(({ properties }) => readDocument(properties, stack));
}

/** Finds the role that SAM generates for a resource. Templates can refer to the role as `FUNCTIONRole`. */
function findGeneratedRole(
  { logicalId }: Pick<StackResource, 'logicalId'>,
  stack: Stack,
): StackResource | undefined {
  const roles = stack.listResourcesOf(ROLE).filter(({ generatedFor }) => generatedFor === logicalId);
  return roles.find((role) => role.logicalId === `${logicalId}Role`);
}

/** Returns the names of the roles that a policy resource refers to. */
function namesOf(policy: PropertyMap): unknown[] {
  return [policy.getValue('Roles') ?? policy.getValue('RoleName') ?? []].flat();
}

/** Returns the document of a policy. Reports statements that IAM rejects. */
function readDocument(policy: PropertyMap, stack: Stack): Policy[] {
  checkDocument(policy.getNode('PolicyDocument'), stack.problems);
  return listPolicies(policy.getValue('PolicyDocument'));
}

/** Returns the statements of a policy. If the policy is unknown, adds its name to `unresolved`. */
function readPolicy(
  policy: Policy,
  format: FormatArn,
  unresolved: string[],
  stack: Stack,
): readonly PolicyStatement[] {
  if (typeof policy === 'string') {
    const declared = stack.findByArn(policy);
    if (declared) {
      const documents = readDocument(declared.properties, stack);
      return documents.flatMap((document) => readPolicy(document, format, unresolved, stack));
    }
    const name = policy.split('/').pop() ?? '';
    const known = getOwnMember(managedPolicies, name) ?? (serviceOfPolicyName(name) ? [] : undefined);
    if (!known) unresolved.push(policy);
    return known ?? [];
  }
  if ('Statement' in policy) return [policy.Statement].flat().filter(isStatement);
  return Object.entries(policy).flatMap(([name, parameters]) => {
    const template = getOwnMember(policyTemplates, name);
    // SAM's other policy templates do not grant access to emulated services.
    return template?.(readTexts(parameters), format) ?? [];
  });
}

/** Returns whether a statement has valid members. `check-policies.ts` reports invalid statements. */
function isStatement(value: unknown): value is PolicyStatement {
  if (!isObject(value)) return false;
  const { Effect, Action, NotAction, Resource, NotResource } = value;
  const texts = [Effect, Action, NotAction, Resource, NotResource].flat();
  return texts.every((text) => text === undefined || typeof text === 'string');
}

/** Returns the members that are strings, numbers or booleans, as strings. `check-policies.ts` reports other members. */
function readTexts(parameters: unknown): Record<string, string> {
  const entries = Object.entries(isObject(parameters) ? parameters : {});
  return Object.fromEntries(
    entries.filter(([, value]) => typeof value !== 'object').map(([key, value]) => [key, String(value)]),
  );
}

const allow = (Action: string | string[], Resource: string | string[] = '*'): PolicyStatement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

const STREAM_ACTIONS = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
  (action) => `dynamodb:${action}`,
);

/** Managed policies, by name. The first group is for services that do not require emulation. */
const managedPolicies: Readonly<Record<string, readonly PolicyStatement[]>> = {
  AWSLambdaBasicExecutionRole: [],
  AWSLambdaVPCAccessExecutionRole: [],
  AWSXRayDaemonWriteAccess: [],
  AWSXrayWriteOnlyAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  AWSLambdaDynamoDBExecutionRole: [allow(STREAM_ACTIONS)],
  'AWSLambdaInvocation-DynamoDB': [allow(STREAM_ACTIONS), allow('lambda:InvokeFunction')],
  AWSLambdaSQSQueueExecutionRole: [
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']),
  ],
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
  arn: FormatArn,
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
 * SAM's policy templates for emulated services. The statements are from
 * samtranslator/policy_templates_data/policy_templates.json in aws/serverless-application-model.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
 */
const policyTemplates: Readonly<Record<string, PolicyTemplate>> = {
  DynamoDBCrudPolicy: table([...readActions, ...writeActions, 'DeleteItem', 'ConditionCheckItem']),
  DynamoDBReadPolicy: table(readActions),
  DynamoDBWritePolicy: table(writeActions),
  DynamoDBReconfigurePolicy: ({ TableName = '' }, arn) => [
    allow('dynamodb:UpdateTable', arn('dynamodb', `table/${TableName}`)),
  ],
  DynamoDBStreamReadPolicy: ({ TableName = '', StreamName = '' }, arn) => [
    allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      arn('dynamodb', `table/${TableName}/stream/${StreamName}`),
    ),
    allow('dynamodb:ListStreams', arn('dynamodb', `table/${TableName}/stream/*`)),
  ],
  SSMParameterReadPolicy: ({ ParameterName = '' }, arn) => [
    allow('ssm:DescribeParameters'),
    allow(
      ['ssm:GetParameters', 'ssm:GetParameter', 'ssm:GetParametersByPath'],
      arn('ssm', `parameter/${ParameterName}`),
    ),
  ],
  SSMParameterWithSlashPrefixReadPolicy: ({ ParameterName = '' }, arn) => [
    allow('ssm:DescribeParameters'),
    allow(
      ['ssm:GetParameters', 'ssm:GetParameter', 'ssm:GetParametersByPath'],
      arn('ssm', `parameter${ParameterName}`),
    ),
  ],
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
  AWSSecretsManagerRotationPolicy: ({ FunctionName = '' }, arn) => [
    {
      ...allow(
        ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map(
          (action) => `secretsmanager:${action}`,
        ),
        arn('secretsmanager', 'secret:*'),
      ),
      Condition: {
        StringEquals: {
          'secretsmanager:resource/AllowRotationLambdaArn': arn('lambda', `function:${FunctionName}`),
        },
      },
    },
    allow('secretsmanager:GetRandomPassword'),
  ],
};
