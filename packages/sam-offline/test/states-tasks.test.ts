import { AwsError } from '../src/core/service';
import { type Answer, functionError, harness, INVOKE, only } from './support/states';

const task = (Resource: string, Arguments: unknown) => only({ Type: 'Task', Resource, Arguments });

describe('lambda', () => {
  it.each(['aws', 'aws-cn', 'aws-us-gov'])(
    'returns the API response for lambda:invoke in the partition %s',
    async (partition) => {
      const { run, calls } = harness(
        task(`arn:${partition}:states:::lambda:invoke`, {
          FunctionName: 'fn',
          Payload: { a: '{% $states.input.a %}' },
        }),
        () => ({ StatusCode: 200, Payload: { b: 2 } }),
      );
      expect((await run({ a: 1 })).output).toEqual({
        ExecutedVersion: '$LATEST',
        Payload: { b: 2 },
        StatusCode: 200,
        SdkHttpMetadata: {
          AllHttpHeaders: expect.any(Object),
          HttpHeaders: expect.objectContaining({ 'Content-Type': 'application/json' }),
          HttpStatusCode: 200,
        },
        SdkResponseMetadata: { RequestId: expect.any(String) },
      });
      expect(calls).toMatchObject([
        { service: 'lambda', action: 'Invoke', input: { FunctionName: 'fn', Payload: { a: 1 } } },
      ]);
    },
  );

  it('passes the arguments as the event if the resource is a function ARN, and returns the result', async () => {
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:post';
    const { run, calls } = harness(task(arn, { a: 1 }), () => ({ StatusCode: 200, Payload: [7] }));
    expect((await run()).output).toEqual([7]);
    expect(calls[0]?.input).toEqual({ FunctionName: arn, Payload: { a: 1 } });
    const bare = harness(only({ Type: 'Task', Resource: arn }), () => ({ StatusCode: 200 }));
    expect((await bare.run({ in: 1 })).output).toBeNull();
    expect(bare.calls[0]?.input.Payload).toEqual({ in: 1 });
  });

  it.each<[string, Answer, string, string]>([
    [
      'an error of a function',
      () => functionError('TypeError', 'no'),
      'TypeError',
      '{"errorType":"TypeError","errorMessage":"no"}',
    ],
    [
      'an error without a type',
      () => ({ FunctionError: 'Unhandled', Payload: 'x' }),
      'Lambda.Unknown',
      '"x"',
    ],
  ])('fails the task for %s', async (_, answer, error, cause) => {
    expect(await harness(task(INVOKE, { FunctionName: 'fn' }), answer).run()).toMatchObject({ error, cause });
  });
});

const ERRORS: [resource: string, thrown: Error, error: string, cause: RegExp][] = [
  [
    'lambda:invoke',
    new AwsError('ResourceNotFoundException', 'Function not found: fn', 404),
    'Lambda.ResourceNotFoundException',
    /^Function not found: fn \(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: [\w-]+; Proxy: null\)$/,
  ],
  ['lambda:invoke', new AwsError('ServiceException', 'x', 500), 'Lambda.ServiceException', /^x /],
  ['lambda:invoke', new AwsError('ServiceUnavailable', 'x', 503), 'Lambda.AWSLambdaException', /503/],
  ['lambda:invoke', new Error('ECONNRESET'), 'Lambda.SdkClientException', /ECONNRESET$/],
  [
    'dynamodb:deleteItem',
    new AwsError('ConditionalCheckFailedException', 'The conditional request failed'),
    'DynamoDB.ConditionalCheckFailedException',
    /Service: AmazonDynamoDBv2;/,
  ],
  [
    'dynamodb:getItem',
    new AwsError('ValidationException', 'x'),
    'DynamoDB.AmazonDynamoDBException',
    /ValidationException/,
  ],
  [
    'aws-sdk:dynamodb:deleteItem',
    new AwsError('ConditionalCheckFailedException', 'The conditional request failed'),
    'DynamoDb.ConditionalCheckFailedException',
    /^The conditional request failed \(Service: DynamoDb, Status Code: 400, Request ID: [\w-]+\)$/,
  ],
  ['aws-sdk:dynamodb:query', new AwsError('ValidationException', 'x'), 'DynamoDb.DynamoDbException', /^x /],
  [
    'aws-sdk:dynamodb:query',
    new AwsError('InternalServerError', 'x', 500),
    'DynamoDb.InternalServerErrorException',
    /500/,
  ],
  ['aws-sdk:dynamodb:query', new Error('socket hang up'), 'DynamoDb.SdkClientException', /socket hang up/],
  [
    'sqs:sendMessage',
    new AwsError('AWS.SimpleQueueService.NonExistentQueue', 'x'),
    'SQS.QueueDoesNotExistException',
    /AmazonSQS/,
  ],
  [
    'aws-sdk:sqs:sendMessage',
    new AwsError('QueueDoesNotExist', 'x'),
    'Sqs.QueueDoesNotExistException',
    /Sqs/,
  ],
  ['events:putEvents', new AwsError('InternalException', 'x', 500), 'EventBridge.InternalException', /500/],
  ['aws-sdk:eventbridge:putEvents', new AwsError('Odd', 'x'), 'EventBridge.EventBridgeException', /^x /],
];

it.each(ERRORS)('converts an error of %s: %s becomes %s', async (resource, thrown, error, cause) => {
  const record = await harness(task(`arn:aws:states:::${resource}`, { Entries: [] }), () => {
    throw thrown;
  }).run();
  expect(record.error).toBe(error);
  expect(record.cause).toMatch(cause);
});

describe('events:putEvents', () => {
  const Entries = [
    { Source: 's', DetailType: 't', Detail: { a: '{% $states.input.a %}' } },
    { Source: 's', DetailType: 't', Detail: '{"b":1}', Resources: ['mine'] },
  ];

  it('serializes details and adds the state machine and the execution to the resources', async () => {
    const answer = { FailedEntryCount: 0, Entries: [{ EventId: '1' }, { EventId: '2' }] };
    const { run, calls } = harness(task('arn:aws:states:::events:putEvents', { Entries }), () => answer);
    const record = await run({ a: 5 });
    expect(record.output).toEqual(answer);
    const own = [record.stateMachineArn, record.executionArn];
    expect(calls).toMatchObject([
      {
        service: 'events',
        action: 'PutEvents',
        input: {
          Entries: [
            { Source: 's', DetailType: 't', Detail: '{"a":5}', Resources: own },
            { Source: 's', DetailType: 't', Detail: '{"b":1}', Resources: ['mine', ...own] },
          ],
        },
      },
    ]);
  });

  it('fails if an entry fails, unlike the SDK integration', async () => {
    const answer = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] };
    const optimized = await harness(task('arn:aws:states:::events:putEvents', { Entries }), () => answer).run(
      { a: 1 },
    );
    expect(optimized).toMatchObject({ error: 'EventBridge.FailedEntry', cause: JSON.stringify(answer) });
    const sdk = harness(
      task('arn:aws:states:::aws-sdk:eventbridge:putEvents', { Entries: [] }),
      () => answer,
    );
    expect((await sdk.run()).output).toEqual(answer);
  });
});

it('serializes an object in sqs:sendMessage', async () => {
  const { run, calls } = harness(
    task('arn:aws:states:::sqs:sendMessage', { QueueUrl: 'q', MessageBody: { a: '{% $states.input %}' } }),
    () => ({ MessageId: 'm', MD5OfMessageBody: 'd' }),
  );
  expect((await run([1])).output).toMatchObject({ MessageId: 'm', SdkResponseMetadata: {} });
  expect(calls[0]).toMatchObject({
    service: 'sqs',
    action: 'SendMessage',
    input: { QueueUrl: 'q', MessageBody: '{"a":[1]}' },
  });
});

describe('dynamodb', () => {
  it('converts attribute types to the spelling of the SDK and back in aws-sdk integrations', async () => {
    const Item = {
      b: { BOOL: true },
      n: { NULL: true },
      s: { SS: ['x'] },
      m: { M: { BOOL: { S: 'name' } } },
      l: { L: [{ NS: ['1'] }] },
    };
    const Key = { k: { Bool: false }, s: { S: 'x' } };
    const { run, calls } = harness(
      task('arn:aws:states:::aws-sdk:dynamodb:getItem', { TableName: 't', Key }),
      () => ({ Item }),
    );
    expect((await run()).output).toEqual({
      Item: {
        b: { Bool: true },
        n: { Nul: true },
        s: { Ss: ['x'] },
        m: { M: { BOOL: { S: 'name' } } },
        l: { L: [{ Ns: ['1'] }] },
      },
    });
    expect(calls).toMatchObject([
      {
        service: 'dynamodb',
        action: 'GetItem',
        input: { TableName: 't', Key: { k: { BOOL: false }, s: { S: 'x' } } },
      },
    ]);
  });

  it('keeps attribute types, and adds the metadata of the SDK, in optimized integrations', async () => {
    const { run } = harness(task('arn:aws:states:::dynamodb:getItem', { TableName: 't', Key: {} }), () => ({
      Item: { b: { BOOL: true } },
    }));
    expect((await run()).output).toMatchObject({
      Item: { b: { BOOL: true } },
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
  });
});

it('fails a service integration if its arguments are not an object', async () => {
  const { run, calls } = harness(task('arn:aws:states:::dynamodb:getItem', '{% 1 %}'));
  expect((await run()).error).toBe('States.Runtime');
  expect(calls).toEqual([]);
});

it('keeps the definition unchanged if a service mutates its input', async () => {
  const item = {
    Type: 'Task',
    Resource: 'arn:aws:states:::dynamodb:getItem',
    Arguments: { TableName: 't', Key: {} },
  };
  const map = {
    Type: 'Map',
    Items: [1, 2],
    MaxConcurrency: 1,
    ItemProcessor: { StartAt: 'T', States: { T: { ...item, End: true } } },
  };
  const seen: unknown[] = [];
  const { run } = harness(only(map), ({ input }) => {
    seen.push({ ...input });
    input.TableName = 'other';
    return {};
  });
  expect((await run()).status).toBe('SUCCEEDED');
  expect(seen).toEqual([
    { TableName: 't', Key: {} },
    { TableName: 't', Key: {} },
  ]);
});
