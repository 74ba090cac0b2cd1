import { type ArnScope, formatArn } from '../aws/arn';
import { decodeShardIterator } from '../aws/shard-iterator';
import { findStateMachineOfToken } from '../aws/task-token';
import type { JsonObject } from '../core/service';
import type { AccessRequest } from './policy';

/**
 * The end of a connection's ARN. API Gateway evaluates policies with the parameter name instead of the connection ID. The
 * parameter name appears in API Gateway's messages (https://github.com/aws/aws-cdk/issues/18410) and in policies of AWS samples
 * (https://github.com/aws-samples/serverless-samples/blob/main/apigw-ws-integrations/template.yaml).
 */
export const CONNECTION_PATH = '/@connections/{connectionId}';

/** The region, account and tables that identify the resources of calls. */
export interface AccessScope extends ArnScope {
  /** Returns the partition key attribute of a table. It is required for `dynamodb:LeadingKeys`. */
  readonly partitionKeyOf?: (tableName: string) => string | undefined;
}

/**
 * Returns the permissions that a call to a service requires, one for each resource. Services and actions that are not listed
 * here do not require permissions.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export function requirementsOf(
  service: string,
  action: string,
  input: JsonObject,
  scope: AccessScope,
): readonly AccessRequest[] {
  return requirements[service]?.(action, input, scope) ?? [];
}

type Requirements = (action: string, input: JsonObject, scope: AccessScope) => readonly AccessRequest[];

const requirements: Readonly<Record<string, Requirements>> = {
  dynamodb: dynamodb,
  dynamodbstreams: (action, input, scope) => {
    const table = text(input.TableName) ?? '*';
    const resource = streamArnOf(input) ?? formatArn(scope, 'dynamodb', `table/${table}/stream/*`);
    return [{ action: `dynamodb:${action}`, resource }];
  },
  events: (action, input, scope) => {
    if (action !== 'PutEvents') return [];
    const buses = objects(input.Entries).map(({ EventBusName }) => text(EventBusName) ?? 'default');
    return [...new Set(buses)].map((bus) => ({
      action: 'events:PutEvents',
      resource: bus.startsWith('arn:') ? bus : formatArn(scope, 'events', `event-bus/${bus}`),
    }));
  },
  sqs: (action, input, scope) => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
    if (action === 'StartMessageMoveTask') {
      const actions = [action, 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];
      return actions.map((each) => ({ action: `sqs:${each}`, resource: text(input.SourceArn) ?? '' }));
    }
    if (action === 'ListMessageMoveTasks') {
      return [{ action: `sqs:${action}`, resource: text(input.SourceArn) ?? '' }];
    }
    const name = (text(input.QueueUrl) ?? text(input.QueueName) ?? '').split('/').pop() ?? '';
    // A batch action requires the permission of the corresponding single action.
    const single = action.replace(/Batch$/, '');
    return [{ action: `sqs:${single}`, resource: formatArn(scope, 'sqs', name) }];
  },
  secretsmanager: (action, input, scope) => {
    const id = text(input.SecretId);
    if (id === undefined) return [];
    const resource = id.startsWith('arn:') ? id : formatArn(scope, 'secretsmanager', `secret:${id}-??????`);
    return [{ action: `secretsmanager:${action}`, resource }];
  },
  ssm: (action, input, scope) => {
    const names = [input.Names ?? input.Name ?? input.Path ?? []].flat().map(String);
    return names.map((name) => {
      // The ARN contains the name without a leading slash or a version.
      const path = name.replace(/^\/|:\d+$/g, '').replace(/^arn:[^/]*:parameter\//, '');
      return { action: `ssm:${action}`, resource: formatArn(scope, 'ssm', `parameter/${path}`) };
    });
  },
  cloudformation: (action, { StackName }, scope) => {
    const name = text(StackName);
    const resource = name?.startsWith('arn:') ? name : formatArn(scope, 'cloudformation', `stack/${name}/*`);
    return [{ action: `cloudformation:${action}`, resource: name === undefined ? '*' : resource }];
  },
  lambda: (action, input, scope) => {
    if (action === 'ListFunctions') return [{ action: 'lambda:ListFunctions', resource: '*' }];
    const id = text(input.FunctionName) ?? '';
    const resource = id.startsWith('arn:') ? id : formatArn(scope, 'lambda', `function:${id}`);
    return [{ action: `lambda:${action === 'Invoke' ? 'InvokeFunction' : action}`, resource }];
  },
  'execute-api': (_, { ApiEndpoint, Stage, Method, Path, AuthType }, scope) => {
    if (AuthType !== 'IAM_ROLE') return [];
    const path = text(Path) ?? '';
    const [apiId = ''] = String(ApiEndpoint).split('.');
    const isConnection = path.startsWith('/@connections/');
    const resourcePath = `${apiId}/${Stage}/${Method}${isConnection ? CONNECTION_PATH : path}`;
    const resource = formatArn(scope, 'execute-api', resourcePath);
    return [{ action: isConnection ? 'execute-api:ManageConnections' : 'execute-api:Invoke', resource }];
  },
  states: (action, input) => {
    const ofToken = 'taskToken' in input ? (findStateMachineOfToken(input.taskToken) ?? '*') : undefined;
    const resource = text(input.stateMachineArn) ?? text(input.executionArn) ?? ofToken;
    return resource === undefined ? [] : [{ action: `states:${action}`, resource }];
  },
};

/** Returns the ARN of the stream in an action's input. A shard iterator also contains the stream's ARN. */
function streamArnOf({ StreamArn, ShardIterator }: JsonObject): string | undefined {
  if (typeof ShardIterator !== 'string') return text(StreamArn);
  return decodeShardIterator(ShardIterator)?.streamArn;
}

/** The permissions that the actions of a transaction require. IAM has no permission for the transaction itself. */
const transactionActions: Readonly<Record<string, string>> = {
  ConditionCheck: 'ConditionCheckItem',
  Delete: 'DeleteItem',
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
};

function dynamodb(action: string, input: JsonObject, scope: AccessScope): readonly AccessRequest[] {
  if (action === 'TransactWriteItems' || action === 'TransactGetItems') {
    return objects(input.TransactItems).flatMap((item) =>
      Object.entries(item).map(([member, parameters]) =>
        onTable(transactionActions[member] ?? member, parameters as JsonObject, scope),
      ),
    );
  }
  if (action === 'BatchGetItem' || action === 'BatchWriteItem') {
    return Object.entries((input.RequestItems ?? {}) as Record<string, unknown>).map(
      ([TableName, request]) => {
        const keys =
          action === 'BatchGetItem'
            ? objects((request as JsonObject).Keys)
            : objects(request).flatMap((write) => {
                const { PutRequest, DeleteRequest } = write as Record<string, JsonObject | undefined>;
                return objects([PutRequest?.Item ?? DeleteRequest?.Key]);
              });
        return onTable(action, { TableName, keys }, scope);
      },
    );
  }
  return text(input.TableName) === undefined ? [] : [onTable(action, input, scope)];
}

function onTable(action: string, parameters: JsonObject, scope: AccessScope): AccessRequest {
  const table = text(parameters.TableName) ?? '';
  const index = text(parameters.IndexName);
  const base = table.startsWith('arn:') ? table : formatArn(scope, 'dynamodb', `table/${table}`);
  const leading = leadingKeys(parameters, scope.partitionKeyOf?.(base.split('/')[1] ?? ''));
  return {
    action: `dynamodb:${action}`,
    resource: index === undefined ? base : `${base}/index/${index}`,
    ...(leading.length > 0 ? { context: { 'dynamodb:LeadingKeys': leading } } : {}),
  };
}

/** Returns the partition key values in a request. */
function leadingKeys(parameters: JsonObject, partitionKey: string | undefined): string[] {
  if (partitionKey === undefined) return [];
  const keys = objects(parameters.keys ?? [parameters.Key ?? parameters.Item]);
  const named = keys.flatMap((key) => attributeText(key[partitionKey]));
  return named.length > 0 ? [...new Set(named)] : queriedKeys(parameters, partitionKey);
}

/** Returns the value of the partition key in a KeyConditionExpression. */
function queriedKeys(parameters: JsonObject, partitionKey: string): string[] {
  const expression = text(parameters.KeyConditionExpression) ?? '';
  const names = (parameters.ExpressionAttributeNames ?? {}) as Record<string, string>;
  const values = (parameters.ExpressionAttributeValues ?? {}) as Record<string, unknown>;
  return [...expression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)]
    .filter(([, name = '']) => (names[name] ?? name) === partitionKey)
    .flatMap(([, , value = '']) => attributeText(values[value]));
}

function attributeText(value: unknown): string[] {
  const { S, N, B } = (value ?? {}) as Record<string, unknown>;
  const key = S ?? N ?? B;
  return key === undefined ? [] : [String(key)];
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
