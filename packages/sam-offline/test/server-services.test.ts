import {
  DynamoDBClient,
  GetItemCommand,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvalidRequestContentException, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ExecutionDoesNotExist, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, QueueDoesNotExist, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AwsError, UnsupportedError } from '../src/core/service';
import { createFakeService, failure, startServer } from './support/server';

type TestServer = Awaited<ReturnType<typeof startServer>>;

const clients: { destroy(): void }[] = [];
let server: TestServer | undefined;

async function start(options: Parameters<typeof startServer>[0]): Promise<TestServer> {
  server = await startServer(options);
  return server;
}

function track<T extends { destroy(): void }>(client: T): T {
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server?.stop();
  server = undefined;
});

const TRACE = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

describe('DynamoDB', () => {
  it('receives the input and returns the output', async () => {
    const { service, calls } = createFakeService(() => ({ Item: { id: { S: 'a' } } }));
    const { client } = await start({ services: { dynamodb: service } });
    const command = new GetItemCommand({ TableName: 'T', Key: { id: { S: 'a' } } });
    const output = await track(new DynamoDBClient(client)).send(command);
    expect(output.Item).toEqual({ id: { S: 'a' } });
    expect(output.$metadata).toMatchObject({
      httpStatusCode: 200,
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(calls).toEqual([
      { action: 'GetItem', input: { TableName: 'T', Key: { id: { S: 'a' } } }, context: {} },
    ]);
  });

  it('returns errors as SDK exceptions with a message and additional fields', async () => {
    const { service } = createFakeService(({ action }) => {
      if (action === 'GetItem')
        throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
      throw new AwsError('TransactionCanceledException', 'Transaction cancelled', 400, {
        CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: { id: { S: 'a' } } }],
      });
    });
    const { client } = await start({ services: { dynamodb: service } });
    const dynamodb = track(new DynamoDBClient(client));
    const missing = await failure(
      dynamodb.send(new GetItemCommand({ TableName: 'T', Key: { id: { S: 'a' } } })),
    );
    expect(missing).toBeInstanceOf(ResourceNotFoundException);
    expect(missing).toMatchObject({
      message: 'Requested resource not found',
      $metadata: { httpStatusCode: 400 },
    });
    const cancelled = await failure(dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [] })));
    expect(cancelled).toBeInstanceOf(TransactionCanceledException);
    expect(cancelled.message).toBe('Transaction cancelled');
    expect(cancelled.CancellationReasons).toEqual([
      { Code: 'ConditionalCheckFailed', Item: { id: { S: 'a' } } },
    ]);
  });
});

describe('EventBridge', () => {
  it('receives the trace header of the request', async () => {
    const { service, calls } = createFakeService(() => ({
      FailedEntryCount: 0,
      Entries: [{ EventId: 'e' }],
    }));
    const { client } = await start({ services: { events: service } });
    const events = track(new EventBridgeClient(client));
    events.middlewareStack.add(
      (next) => async (args) => {
        (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'] = TRACE;
        return next(args);
      },
      { step: 'build' },
    );
    const output = await events.send(new PutEventsCommand({ Entries: [{ Source: 's', Detail: '{}' }] }));
    expect(output).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] });
    expect(calls[0]).toMatchObject({ action: 'PutEvents', context: { traceHeader: TRACE } });
  });

  it('uses the content type of JSON 1.1', async () => {
    const { url } = await start({ services: { events: createFakeService().service } });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.ListEventBuses', authorization: 'x' },
      body: '{}',
    });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(await response.json()).toEqual({});
  });
});

describe('Step Functions', () => {
  it('returns times as epoch seconds and errors as SDK exceptions', async () => {
    const startDate = 1_700_000_000.5;
    const { service } = createFakeService(({ input }) => {
      if (input.input === '{}') return { executionArn: 'arn', startDate };
      throw new AwsError('ExecutionDoesNotExist', 'no such execution');
    });
    const { client } = await start({ services: { states: service } });
    const states = track(new SFNClient(client));
    const output = await states.send(new StartExecutionCommand({ stateMachineArn: 'arn', input: '{}' }));
    expect(output.startDate).toEqual(new Date(startDate * 1000));
    const error = await failure(
      states.send(new StartExecutionCommand({ stateMachineArn: 'arn', input: '[]' })),
    );
    expect(error).toBeInstanceOf(ExecutionDoesNotExist);
    expect(error.message).toBe('no such execution');
  });
});

describe('SQS', () => {
  it('returns errors with the code of the query protocol', async () => {
    const { service } = createFakeService(() => {
      throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    });
    const { client } = await start({ services: { sqs: service } });
    const error = await failure(
      track(new SQSClient(client)).send(new GetQueueUrlCommand({ QueueName: 'q' })),
    );
    expect(error).toBeInstanceOf(QueueDoesNotExist);
    expect(error).toMatchObject({
      message: 'The specified queue does not exist.',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      Type: 'Sender',
    });
  });

  it('receives the queue URL in the input', async () => {
    const { service, calls } = createFakeService(() => ({
      MessageId: 'm',
      MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592',
    }));
    const { client, url } = await start({ services: { sqs: service } });
    const QueueUrl = `${url}/123456789012/q`;
    const output = await track(new SQSClient(client)).send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }),
    );
    expect(output.MessageId).toBe('m');
    expect(calls.map(({ input }) => input)).toEqual([{ QueueUrl, MessageBody: 'hello' }]);
  });
});

describe('Lambda', () => {
  it('receives the parsed payload of an invocation by name or ARN', async () => {
    const { service, calls } = createFakeService(({ input }) => ({
      StatusCode: 200,
      Payload: { got: input.Payload },
    }));
    const { client } = await start({ services: { lambda: service } });
    const lambda = track(new LambdaClient(client));
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:fn';
    for (const FunctionName of ['fn', arn]) {
      const output = await lambda.send(
        new InvokeCommand({ FunctionName, Payload: '{"a":1}', LogType: 'Tail' }),
      );
      expect(JSON.parse(output.Payload?.transformToString() ?? '')).toEqual({ got: { a: 1 } });
      expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
      expect(output.FunctionError).toBeUndefined();
    }
    expect(calls.map(({ action, input }) => [action, input.FunctionName, input.InvocationType])).toEqual([
      ['Invoke', 'fn', 'RequestResponse'],
      ['Invoke', arn, 'RequestResponse'],
    ]);
  });

  it('receives {} without a payload, and returns null without a result', async () => {
    const { service, calls } = createFakeService(() => ({ StatusCode: 200 }));
    const { client } = await start({ services: { lambda: service } });
    const output = await track(new LambdaClient(client)).send(new InvokeCommand({ FunctionName: 'fn' }));
    expect(output.Payload?.transformToString()).toBe('null');
    expect(calls[0]?.input.Payload).toEqual({});
  });

  it.each([
    ['Event', 202],
    ['DryRun', 204],
  ] as const)('returns no payload for the type %s with status %i', async (InvocationType, status) => {
    const { service, calls } = createFakeService(() => ({ StatusCode: status }));
    const { client } = await start({ services: { lambda: service } });
    const command = new InvokeCommand({ FunctionName: 'fn', InvocationType });
    const output = await track(new LambdaClient(client)).send(command);
    expect(output.StatusCode).toBe(status);
    expect(output.Payload?.length ?? 0).toBe(0);
    expect(calls[0]?.input.InvocationType).toBe(InvocationType);
  });

  it('returns 200 with the function error of a failed function', async () => {
    const Payload = { errorType: 'Error', errorMessage: 'no' };
    const { service } = createFakeService(() => ({ StatusCode: 200, Payload, FunctionError: 'Unhandled' }));
    const { client } = await start({ services: { lambda: service } });
    const output = await track(new LambdaClient(client)).send(new InvokeCommand({ FunctionName: 'fn' }));
    expect(output.FunctionError).toBe('Unhandled');
    expect(JSON.parse(output.Payload?.transformToString() ?? '')).toEqual(Payload);
  });

  it('returns errors as SDK exceptions', async () => {
    const { service, calls } = createFakeService(() => {
      throw new AwsError('ResourceNotFoundException', 'Function not found: fn', 404);
    });
    const { client } = await start({ services: { lambda: service } });
    const lambda = track(new LambdaClient(client));
    expect(await failure(lambda.send(new InvokeCommand({ FunctionName: 'fn' })))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: fn',
      Type: 'User',
      $metadata: { httpStatusCode: 404 },
    });
    const before = calls.length;
    const invalid = await failure(lambda.send(new InvokeCommand({ FunctionName: 'fn', Payload: '{' })));
    expect(invalid).toBeInstanceOf(InvalidRequestContentException);
    const version = await failure(lambda.send(new InvokeCommand({ FunctionName: 'fn', Qualifier: '3' })));
    expect(version).toMatchObject({ name: 'ResourceNotFoundException', message: 'Function not found: fn:3' });
    const context = await failure(
      lambda.send(new InvokeCommand({ FunctionName: 'fn', ClientContext: 'e30=' })),
    );
    expect(context.message).toContain('x-amz-client-context is not supported');
    expect(calls).toHaveLength(before);
  });

  it('rejects unsigned requests with 403', async () => {
    const { service, calls } = createFakeService();
    const { url } = await start({ services: { lambda: service } });
    const response = await fetch(`${url}/2015-03-31/functions/fn/invocations`, { method: 'POST' });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(calls).toEqual([]);
  });
});

describe('the JSON protocol', () => {
  async function post(
    target: string,
    body: string,
    headers: Record<string, string> = { authorization: 'x' },
  ) {
    const { service, calls } = createFakeService();
    const { url } = await start({ services: { dynamodb: service, events: service, sqs: service } });
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'x-amz-target': target, ...headers },
    });
    expect(calls).toEqual([]);
    const { __type, message } = (await response.json()) as { __type: string; message: string };
    return { status: response.status, code: __type.split('#')[1], message };
  }

  it.each(['Kinesis_20131202.PutRecord', 'AWSStepFunctions.StartExecution', 'AWSEvents', ''])(
    'rejects the unknown operation "%s" with an error that contains its name',
    async (target) => {
      const { status, code, message } = await post(target, '{}');
      expect({ status, code }).toEqual({ status: 400, code: 'UnknownOperationException' });
      expect(message).toContain(`"${target}"`);
    },
  );

  it.each([
    ['DynamoDB_20120810.GetItem', 400],
    ['AWSEvents.PutEvents', 400],
    ['AmazonSQS.SendMessage', 403],
  ])('rejects %s without a signature with %i', async (target, status) => {
    expect(await post(target, '{}', {})).toMatchObject({
      status,
      code: 'MissingAuthenticationTokenException',
    });
  });

  it.each(['{', '[]', 'null', '"text"'])('rejects the body %s', async (body) => {
    const response = await post('DynamoDB_20120810.GetItem', body);
    expect(response).toMatchObject({ status: 400, code: 'SerializationException' });
  });

  it('rejects bodies over 16 MB', async () => {
    const response = await post('DynamoDB_20120810.GetItem', `"${'x'.repeat(16 * 1024 * 1024)}"`);
    expect(response).toMatchObject({ status: 413, code: 'RequestEntityTooLargeException' });
  });

  it('rejects unsupported actions with 400, and logs unexpected errors', async () => {
    const { service } = createFakeService(({ action }) => {
      if (action === 'ExportTable') throw new UnsupportedError('ExportTable is not supported.');
      throw new TypeError('a bug');
    });
    const { url, logged } = await start({ services: { dynamodb: service } });
    const call = async (action: string) => {
      const headers = { 'x-amz-target': `DynamoDB_20120810.${action}`, authorization: 'x' };
      const response = await fetch(url, { method: 'POST', body: '{}', headers });
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await call('ExportTable')).toEqual({
      status: 400,
      __type: 'com.amazonaws.dynamodb.v20120810#UnsupportedOperationException',
      message: 'ExportTable is not supported.',
    });
    expect(logged).toEqual([]);
    expect(await call('GetItem')).toMatchObject({ status: 500 });
    expect(logged).toEqual([expect.objectContaining({ reason: expect.stringContaining('a bug') })]);
  });
});
