import { createTaskToken } from '../src/aws/task-token';
import { evaluatePolicies, type PolicyStatement } from '../src/iam/policy';
import { requirementsOf } from '../src/iam/requirements';

const API_REQUEST = {
  ApiEndpoint: 'api1.execute-api.us-east-1.amazonaws.com',
  Method: 'POST',
  Stage: 'prod',
  AuthType: 'IAM_ROLE',
};

const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/Chat';
const scope = {
  region: 'us-east-1',
  accountId: '123456789012',
  partitionKeyOf: () => 'pk',
};
const allow = (statement: Partial<PolicyStatement>): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'dynamodb:*',
  Resource: '*',
  ...statement,
});
const get = (context = {}) => ({ action: 'dynamodb:GetItem', resource: TABLE, context });

const encodeIterator = (members: string) => Buffer.from(`{${members}}`).toString('base64');

describe('policy evaluation', () => {
  it.each([
    ['denies without a statement', [], 'implicitDeny'],
    [
      'allows a matching action and resource',
      [allow({ Action: 'dynamodb:GetItem', Resource: TABLE })],
      'allowed',
    ],
    ['ignores case in actions', [allow({ Action: 'DynamoDB:getitem' })], 'allowed'],
    ['expands wildcards in actions', [allow({ Action: 'dynamodb:Get*' })], 'allowed'],
    ['expands wildcards in resources', [allow({ Resource: 'arn:aws:dynamodb:*:*:table/Ch?t' })], 'allowed'],
    ['distinguishes a table from its index', [allow({ Resource: `${TABLE}/index/*` })], 'implicitDeny'],
    ['is case-sensitive in resources', [allow({ Resource: TABLE.replace('Chat', 'chat') })], 'implicitDeny'],
    [
      'applies an explicit deny before an allow',
      [allow({}), { ...allow({ Action: 'dynamodb:GetItem' }), Effect: 'Deny' }],
      'explicitDeny',
    ],
    ['inverts NotAction', [allow({ Action: undefined, NotAction: 'dynamodb:Delete*' })], 'allowed'],
    ['inverts NotResource', [allow({ Resource: undefined, NotResource: TABLE })], 'implicitDeny'],
  ] as const)('%s', (_, statements, decision) => {
    expect(evaluatePolicies([...statements], get())).toBe(decision);
  });

  const key = 'dynamodb:LeadingKeys';
  it.each([
    ['StringEquals', 'a', ['a'], true],
    ['StringEquals', 'a', undefined, false],
    ['StringNotEquals', 'a', undefined, true],
    ['StringNotEquals', 'a', ['a'], false],
    ['StringEqualsIfExists', 'a', undefined, true],
    ['StringLike', 'a*', ['abc'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', 'a', undefined, true],
    ['ForAnyValue:StringEquals', 'a', ['a', 'c'], true],
    ['ForAnyValue:StringEquals', 'a', undefined, false],
    ['NumericLessThan', '10', ['9'], true],
    ['DateGreaterThan', '2026-01-01T00:00:00Z', ['2026-06-01T00:00:00Z'], true],
    ['Bool', 'true', ['TRUE'], true],
    ['Null', 'true', undefined, true],
    ['Null', 'true', ['a'], false],
    ['IpAddress', '10.0.0.0/8', ['10.1.2.3'], true],
    ['NotIpAddress', '10.0.0.0/8', ['10.1.2.3'], false],
  ])('evaluates the condition %s %j to %s for the values %j', (operator, expected, actual, allowed) => {
    const statement = allow({ Condition: { [operator]: { [key]: expected } } });
    const context = actual === undefined ? {} : { [key]: actual };
    expect(evaluatePolicies([statement], get(context)) === 'allowed').toBe(allowed);
  });

  it('rejects an unknown operator', () => {
    const statement = allow({ Condition: { StringIs: { [key]: 'a' } } });
    expect(() => evaluatePolicies([statement], get())).toThrow('Unknown condition operator StringIs');
  });
});

describe('required permissions', () => {
  it('contain the table and the leading key of a single write', () => {
    const Item = { pk: { S: 'room#1' }, sk: { S: 'room' } };
    expect(requirementsOf('dynamodb', 'PutItem', { TableName: 'Chat', Item }, scope)).toEqual([
      { action: 'dynamodb:PutItem', resource: TABLE, context: { 'dynamodb:LeadingKeys': ['room#1'] } },
    ]);
  });

  it('contain the index of a query', () => {
    const input = {
      TableName: 'Chat',
      IndexName: 'ByDay',
      KeyConditionExpression: '#pk = :a AND sk > :b',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':a': { S: 'x' }, ':b': { S: 'y' } },
    };
    expect(requirementsOf('dynamodb', 'Query', input, scope)).toEqual([
      {
        action: 'dynamodb:Query',
        resource: `${TABLE}/index/ByDay`,
        context: { 'dynamodb:LeadingKeys': ['x'] },
      },
    ]);
  });

  it('contain the action of each item in a transaction', () => {
    const Key = { pk: { S: 'a' } };
    const TransactItems = [
      { ConditionCheck: { TableName: 'Chat', Key } },
      { Update: { TableName: 'Chat', Key } },
      { Put: { TableName: 'Other', Item: Key } },
    ];
    const required = requirementsOf('dynamodb', 'TransactWriteItems', { TransactItems }, scope);
    expect(required.map(({ action, resource }) => [action, resource.split('/').pop()])).toEqual([
      ['dynamodb:ConditionCheckItem', 'Chat'],
      ['dynamodb:UpdateItem', 'Chat'],
      ['dynamodb:PutItem', 'Other'],
    ]);
  });

  it('contain the leading keys of a batch', () => {
    const input = { RequestItems: { Chat: { Keys: [{ pk: { S: 'a' } }, { pk: { S: 'b' } }] } } };
    expect(requirementsOf('dynamodb', 'BatchGetItem', input, scope)).toEqual([
      { action: 'dynamodb:BatchGetItem', resource: TABLE, context: { 'dynamodb:LeadingKeys': ['a', 'b'] } },
    ]);
  });

  it.each([
    [
      'events',
      'PutEvents',
      { Entries: [{ EventBusName: 'chat' }, { EventBusName: 'chat' }] },
      'events:PutEvents',
      'arn:aws:events:us-east-1:123456789012:event-bus/chat',
    ],
    [
      'sqs',
      'SendMessageBatch',
      { QueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/jobs' },
      'sqs:SendMessage',
      'arn:aws:sqs:us-east-1:123456789012:jobs',
    ],
    [
      'lambda',
      'Invoke',
      { FunctionName: 'post' },
      'lambda:InvokeFunction',
      'arn:aws:lambda:us-east-1:123456789012:function:post',
    ],
    [
      'secretsmanager',
      'GetSecretValue',
      { SecretId: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-abcdef' },
      'secretsmanager:GetSecretValue',
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-abcdef',
    ],
    [
      'execute-api',
      'Invoke',
      { ...API_REQUEST, Path: '/@connections/id=' },
      'execute-api:ManageConnections',
      'arn:aws:execute-api:us-east-1:123456789012:api1/prod/POST/@connections/{connectionId}',
    ],
    [
      'execute-api',
      'Invoke',
      { ...API_REQUEST, Path: '/orders' },
      'execute-api:Invoke',
      'arn:aws:execute-api:us-east-1:123456789012:api1/prod/POST/orders',
    ],
    [
      'states',
      'SendTaskSuccess',
      { taskToken: createTaskToken('arn:aws:states:us-east-1:123456789012:stateMachine:m') },
      'states:SendTaskSuccess',
      'arn:aws:states:us-east-1:123456789012:stateMachine:m',
    ],
    [
      'dynamodbstreams',
      'GetRecords',
      {
        ShardIterator: encodeIterator(
          '"streamArn":"arn:one","shardId":"s","after":"1","streamArn":"arn:two"',
        ),
      },
      'dynamodb:GetRecords',
      'arn:two', // the stream that GetRecords reads
    ],
    [
      'dynamodbstreams',
      'GetRecords',
      { ShardIterator: 'x' },
      'dynamodb:GetRecords',
      'arn:aws:dynamodb:us-east-1:123456789012:table/*/stream/*',
    ],
    ['states', 'SendTaskFailure', { taskToken: 'x' }, 'states:SendTaskFailure', '*'],
  ])('contain the action and the resource of %s %s', (service, call, input, action, resource) => {
    expect(requirementsOf(service, call, input, scope)).toEqual([{ action, resource }]);
  });

  it.each([
    ['cn-north-1', 'arn:aws-cn:lambda:cn-north-1:123456789012:function:f'],
    ['us-gov-west-1', 'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f'],
  ])('contain the partition of %s', (region, resource) => {
    expect(requirementsOf('lambda', 'Invoke', { FunctionName: 'f' }, { ...scope, region })).toEqual([
      { action: 'lambda:InvokeFunction', resource },
    ]);
  });

  it('are empty for a request to an API without IAM authorization', () => {
    const request = { ...API_REQUEST, Path: '/orders', AuthType: 'NO_AUTH' };
    expect(requirementsOf('execute-api', 'Invoke', request, scope)).toEqual([]);
  });
});
