import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { AwsError, JsonObject } from '../src/core/service';
import { createSqs, type SqsService } from '../src/sqs';
import type { QueueModel } from '../src/sqs/model';

const region = 'eu-central-1';
const accountId = '123456789012';

const queue = (name: string, more: Partial<QueueModel> = {}): QueueModel => ({
  logicalId: name,
  name,
  arn: `arn:aws:sqs:${region}:${accountId}:${name}`,
  visibilityTimeoutSeconds: 30,
  messageRetentionSeconds: 345_600,
  ...more,
});

let now: number;
let sqs: SqsService;
const call = (action: string, input: JsonObject = {}) => sqs.call(action, { QueueUrl: 'q', ...input }, {});
const send = (MessageBody: string, more: JsonObject = {}) => call('SendMessage', { MessageBody, ...more });
type Received = JsonObject & { Body: string; ReceiptHandle: string; Attributes?: Record<string, string> };
const receive = async (more: JsonObject = {}) =>
  ((await call('ReceiveMessage', { MaxNumberOfMessages: 10, ...more })).Messages ?? []) as Received[];
const bodies = async (more: JsonObject = {}) => (await receive(more)).map(({ Body }) => Body);

beforeEach(() => {
  now = Date.parse('2026-11-21T10:00:00Z');
  sqs = createSqs({ queues: [queue('q'), queue('other')], region, accountId, clock: () => now });
});
afterEach(() => sqs.close());

describe('SQS messages', () => {
  it('delivers a message again if it is not deleted before the visibility timeout', async () => {
    await send('a');
    await send('b');
    expect(await bodies()).toEqual(['a', 'b']);
    expect(await bodies()).toEqual([]);
    now += 29_999;
    expect(await bodies()).toEqual([]);
    now += 1;
    const [first] = await receive({ AttributeNames: ['ApproximateReceiveCount'], MaxNumberOfMessages: 1 });
    expect(first?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    await call('DeleteMessage', { ReceiptHandle: first?.ReceiptHandle });
    now += 30_000;
    expect(await bodies()).toEqual(['b']);
  });

  it('does not delete a message with an outdated receipt handle', async () => {
    await send('a');
    const [outdated] = await receive();
    now += 30_000;
    await receive();
    await call('DeleteMessage', { ReceiptHandle: outdated?.ReceiptHandle });
    now += 30_000;
    expect(await bodies()).toEqual(['a']);
  });

  it('delivers one message at a time by default', async () => {
    for (const body of ['a', 'b', 'c']) await send(body);
    expect(await bodies({ MaxNumberOfMessages: undefined })).toEqual(['a']);
    expect(await bodies({ MaxNumberOfMessages: 2 })).toEqual(['b', 'c']);
  });

  it('hides delayed messages and deletes messages after the retention period', async () => {
    await send('late', { DelaySeconds: 10 });
    await send('soon');
    expect(await bodies({ VisibilityTimeout: 0 })).toEqual(['soon']);
    now += 10_000;
    expect(await bodies({ VisibilityTimeout: 0 })).toEqual(['late', 'soon']);
    now += 345_600_000;
    expect(await bodies()).toEqual([]);
  });

  it('changes the visibility timeout of a message', async () => {
    await send('a');
    const [first] = await receive();
    await call('ChangeMessageVisibility', { ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 });
    const [second] = await receive();
    expect(second?.Body).toBe('a');
    await call('ChangeMessageVisibility', { ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 100 });
    now += 99_999;
    expect(await bodies()).toEqual([]);
    now += 1;
    await expect(
      call('ChangeMessageVisibility', { ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 1 }),
    ).rejects.toMatchObject({ code: 'MessageNotInflight' });
    expect(await bodies()).toEqual(['a']);
  });

  it('counts messages in the queue attributes', async () => {
    await send('visible');
    await send('delayed', { DelaySeconds: 10 });
    await receive({ MaxNumberOfMessages: 1 });
    await send('more');
    await send('and more');
    expect(await call('GetQueueAttributes', { AttributeNames: ['All'] })).toEqual({
      Attributes: expect.objectContaining({
        QueueArn: `arn:aws:sqs:${region}:${accountId}:q`,
        ApproximateNumberOfMessages: '2',
        ApproximateNumberOfMessagesNotVisible: '1',
        ApproximateNumberOfMessagesDelayed: '1',
        VisibilityTimeout: '30',
        MessageRetentionPeriod: '345600',
        MaximumMessageSize: '1048576',
      }),
    });
    expect(await call('GetQueueAttributes', { AttributeNames: ['QueueArn'] })).toEqual({
      Attributes: { QueueArn: `arn:aws:sqs:${region}:${accountId}:q` },
    });
    await expect(call('GetQueueAttributes', { AttributeNames: ['Colour'] })).rejects.toThrow(
      'Unknown Attribute Colour',
    );
  });

  it('purges only one queue', async () => {
    await send('a');
    await call('SendMessage', { QueueUrl: 'other', MessageBody: 'b' });
    await call('PurgeQueue');
    expect(await bodies()).toEqual([]);
    expect(await bodies({ QueueUrl: 'other' })).toEqual(['b']);
  });

  it('returns system attributes, including the trace header', async () => {
    await sqs.call('SendMessage', { QueueUrl: 'q', MessageBody: 'a' }, { traceHeader: 'Root=1-request' });
    await send('b', {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-own' } },
    });
    const messages = await receive({ MessageSystemAttributeNames: ['All'] });
    expect(messages.map(({ Attributes }) => Attributes)).toEqual([
      {
        SenderId: accountId,
        SentTimestamp: String(now),
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: String(now),
        AWSTraceHeader: 'Root=1-request',
      },
      expect.objectContaining({ AWSTraceHeader: 'Root=1-own' }),
    ]);
  });

  it('returns only the requested message attributes', async () => {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    await send('a', { MessageAttributes: { one: text('1'), 'my.two': text('2'), 'my.three': text('3') } });
    const keys = async (MessageAttributeNames?: string[]) => {
      const [message] = await receive({ MessageAttributeNames, VisibilityTimeout: 0 });
      return Object.keys((message?.MessageAttributes ?? {}) as object).sort();
    };
    expect(await keys()).toEqual([]);
    expect(await keys(['one', 'none'])).toEqual(['one']);
    expect(await keys(['my.*'])).toEqual(['my.three', 'my.two']);
    expect(await keys(['All'])).toEqual(['my.three', 'my.two', 'one']);
  });
});

describe('SQS long polling', () => {
  it('returns when a message is sent', async () => {
    const received = bodies({ WaitTimeSeconds: 20 });
    await send('a');
    expect(await received).toEqual(['a']);
  });

  it('returns when a message becomes visible again', async () => {
    await send('a');
    const [first] = await receive();
    const received = bodies({ WaitTimeSeconds: 20 });
    await call('ChangeMessageVisibility', { ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 });
    expect(await received).toEqual(['a']);
  });

  it('returns when a delay ends on the system clock', async () => {
    const real = createSqs({ queues: [queue('q')], region, accountId });
    await real.call('SendMessage', { QueueUrl: 'q', MessageBody: 'a', DelaySeconds: 1 }, {});
    const { Messages } = await real.call('ReceiveMessage', { QueueUrl: 'q', WaitTimeSeconds: 20 }, {});
    expect(Messages).toEqual([expect.objectContaining({ Body: 'a' })]);
  });

  it('delivers each message to only one pending receive', async () => {
    const received = [bodies({ WaitTimeSeconds: 20 }), bodies({ WaitTimeSeconds: 20 })];
    await send('a');
    await send('b');
    expect(await Promise.all(received)).toEqual([['a'], ['b']]);
  });

  it('returns no messages when the wait time ends or the service closes', async () => {
    expect(await bodies({ WaitTimeSeconds: 1 })).toEqual([]);
    const received = bodies({ WaitTimeSeconds: 20 });
    sqs.close();
    expect(await received).toEqual([]);
  });
});

describe('SQS validation', () => {
  const attribute = (DataType: string, StringValue?: string) => ({
    MessageAttributes: { a: { DataType, StringValue } },
  });

  it.each<[string, JsonObject, string]>([
    ['SendMessage', { MessageBody: '' }, 'MissingParameter'],
    ['SendMessage', { MessageBody: 'a\u0001' }, 'InvalidMessageContents'],
    ['SendMessage', { MessageBody: 'é'.repeat(524_289) }, 'InvalidParameterValue'],
    ['SendMessage', { MessageBody: 'a', DelaySeconds: 901 }, 'InvalidParameterValue'],
    ['SendMessage', { MessageBody: 'a', MessageDeduplicationId: 'x' }, 'InvalidParameterValue'],
    ['SendMessage', { MessageBody: 'a', ...attribute('Text', 'x') }, 'InvalidParameterValue'],
    ['SendMessage', { MessageBody: 'a', ...attribute('String') }, 'InvalidParameterValue'],
    ['SendMessage', { MessageBody: 'a', ...attribute('Number', 'x') }, 'InvalidParameterValue'],
    ['SendMessage', { QueueUrl: 'none', MessageBody: 'a' }, 'QueueDoesNotExist'],
    ['GetQueueUrl', { QueueName: 'none' }, 'QueueDoesNotExist'],
    ['ReceiveMessage', { QueueUrl: `https://sqs/999999999999/q` }, 'QueueDoesNotExist'],
    ['ReceiveMessage', { MaxNumberOfMessages: 11 }, 'InvalidParameterValue'],
    ['ReceiveMessage', { WaitTimeSeconds: 21 }, 'InvalidParameterValue'],
    ['ReceiveMessage', { VisibilityTimeout: 43_201 }, 'InvalidParameterValue'],
    ['DeleteMessage', { ReceiptHandle: 'x' }, 'ReceiptHandleIsInvalid'],
    ['SendMessageBatch', { Entries: [] }, 'EmptyBatchRequest'],
    [
      'SendMessageBatch',
      { Entries: Array.from({ length: 11 }, (_, i) => ({ Id: `${i}` })) },
      'TooManyEntriesInBatchRequest',
    ],
    ['SendMessageBatch', { Entries: [{ Id: 'a' }, { Id: 'a' }] }, 'BatchEntryIdsNotDistinct'],
    ['SendMessageBatch', { Entries: [{ Id: 'a b' }] }, 'InvalidBatchEntryId'],
    [
      'SendMessageBatch',
      { Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(524_289) })) },
      'BatchRequestTooLong',
    ],
  ])('rejects %s with %j', async (action, input, code) => {
    await expect(call(action, input)).rejects.toMatchObject({ code, status: 400 });
  });

  it('accepts a message of exactly 1 MiB', async () => {
    expect(await send('é'.repeat(524_288))).toHaveProperty('MessageId');
  });

  it('rejects unsupported actions', async () => {
    await expect(call('CreateQueue')).rejects.toThrow('CreateQueue');
  });
});

describe('SQS with the AWS SDK client', () => {
  let server: Server;
  let client: SQSClient;
  let origin: string;

  beforeEach(async () => {
    const real = createSqs({ queues: [queue('q')], region, accountId, endpoint: () => origin });
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
      const reply = await real.call(action, JSON.parse(Buffer.concat(chunks).toString()), {}).then(
        (body) => ({ status: 200, body }),
        (error: AwsError) => ({
          status: error.status,
          body: { __type: `com.amazonaws.sqs#${error.code}`, message: error.message },
        }),
      );
      response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(reply.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new SQSClient({ region, endpoint: origin, credentials });
  });
  afterEach(async () => {
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends, receives and deletes a message with valid digests', async () => {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'q' }));
    expect(QueueUrl).toBe(`${origin}/${accountId}/q`);
    const MessageAttributes = {
      RULE_ARN: { DataType: 'String', StringValue: 'arn:é' },
      RETRIES: { DataType: 'Number.int', StringValue: '3' },
      BYTES: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 10) },
    };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'héllo', MessageAttributes }),
    );
    // Both digests were computed independently with Python's hashlib from the documented encoding.
    expect(sent.MD5OfMessageBody).toBe('be50e8478cf24ff3595bc7307fb91b50');
    expect(sent.MD5OfMessageAttributes).toBe('51c24923e0c776e5fba5059b54d11822');
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
    );
    expect(Messages).toEqual([
      expect.objectContaining({
        Body: 'héllo',
        MessageAttributes: expect.objectContaining({ BYTES: MessageAttributes.BYTES }),
        MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      }),
    ]);
    const { ReceiptHandle } = Messages[0] ?? {};
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 60 }));
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('sends a batch with an invalid entry', async () => {
    const QueueUrl = `${origin}/${accountId}/q`;
    const Entries = [
      { Id: 'a', MessageBody: 'a' },
      { Id: 'b', MessageBody: '' },
    ];
    const { Successful, Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful).toEqual([expect.objectContaining({ Id: 'a', MessageId: expect.any(String) })]);
    expect(Failed).toEqual([
      expect.objectContaining({ Id: 'b', SenderFault: true, Code: 'MissingParameter' }),
    ]);
  });

  it('receives QueueDoesNotExist for an unknown queue', async () => {
    const get = client.send(new GetQueueUrlCommand({ QueueName: 'none' }));
    await expect(get).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});
