import { randomUUID } from 'node:crypto';
import { ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Client, eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { describeLocallyAtLength, waitForIndex } from '../support/stack';

const inLobby = { protocols: ['roomcast.v1'], query: { room: 'lobby' } };

/**
 * These tests are slow, because they start a separate runtime and wait for retries. Unit and integration tests cover the
 * individual failures.
 */
describeLocallyAtLength('service failures', 'switch to inject faults', () => {
  let stack: Stack;
  let ada: Client;
  let bob: Client;

  beforeAll(async () => {
    stack = await startStack();
  });
  beforeEach(async () => {
    ada = await Client.open(stack.wsUrl, inLobby);
    bob = await Client.open(stack.wsUrl, inLobby);
    await waitForIndex(stack);
  });
  afterEach(async () => {
    await stack.clearFaults();
    await Promise.all([ada.close(), bob.close()]);
  });
  afterAll(async () => expect(await stack.stop()).toBe(0));

  const stored = async (clientMsgId: string) =>
    (await stack.scan('ChatTable')).filter((item) => item.clientMsgId === clientMsgId);
  const unavailable = {
    problem: {
      type: 'urn:roomcast:unavailable',
      status: 503,
      temporary: true,
      retryAfterMs: expect.any(Number),
    },
  };
  const message = () => ({
    action: 'sendmessage',
    id: 'r',
    room: 'lobby',
    text: 'hello',
    clientMsgId: randomUUID(),
  });

  it('returns unavailable while DynamoDB fails, and accepts the retry', async () => {
    const frame = message();
    await stack.addFault({ service: 'dynamodb', kind: 'fail' });
    ada.send(frame);
    expect(await ada.nextOf('error', 'r')).toMatchObject(unavailable);
    await stack.clearFaults();
    expect(await stored(frame.clientMsgId)).toEqual([]);
    ada.send(frame);
    expect(await ada.nextOf('ack', 'r')).toMatchObject({ duplicate: false });
  });

  it('returns unavailable as JSON to plain clients and from $default', async () => {
    const plain = await Client.open(stack.wsUrl);
    await stack.addFault({ service: 'dynamodb', kind: 'fail' });
    plain.send({ action: 'sendmessage', message: 'hello' });
    expect(await plain.nextOf('error')).toMatchObject(unavailable);
    plain.send('test');
    expect(await plain.nextOf('error')).toMatchObject(unavailable);
    await stack.clearFaults();
    await plain.close();
  });

  it('rejects handshakes with 503 while DynamoDB fails', async () => {
    await stack.addFault({ service: 'dynamodb', kind: 'fail' });
    await expect(Client.open(stack.wsUrl)).rejects.toMatchObject({ status: 503 });
  });

  it('deletes the rows of a connection after transaction conflicts', async () => {
    const plain = await Client.open(stack.wsUrl);
    const connectionId = await plain.connectionId();
    const conflict = { error: 'TransactionConflictException', status: 400, times: 2 };
    await stack.addFault({ service: 'dynamodb', action: 'DeleteItem', kind: 'fail', ...conflict });
    await plain.close();
    const rows = async () =>
      (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);
    await eventually(async () => (await rows()).length === 0);
  });

  it('publishes a stored message on retry if publishing fails, without storing it again', async () => {
    const frame = message();
    await stack.addFault({ service: 'events', action: 'PutEvents', kind: 'fail' });
    ada.send(frame);
    expect(await ada.nextOf('error', 'r')).toMatchObject(unavailable);
    expect(await stored(frame.clientMsgId)).toHaveLength(1);
    expect(bob.frames).toEqual([]);

    await stack.clearFaults();
    ada.send(frame);
    const ack = await ada.nextOf('ack', 'r');
    expect(ack).toMatchObject({ duplicate: true, clientMsgId: frame.clientMsgId });
    expect(await bob.nextOf('message')).toMatchObject({ seq: ack.seq, clientMsgId: frame.clientMsgId });
    expect(await stored(frame.clientMsgId)).toHaveLength(1);
    expect(new Set(bob.frames).size).toBe(1); // EventBridge can deliver the event twice
  });

  it('returns room-busy if every append loses its race, stores nothing, and accepts the retry', async () => {
    const frame = message();
    const other = { room: 'lobby', messageId: 'other' };
    await stack.addFault({
      ...{ service: 'dynamodb', action: 'PutItem', match: 'room#', kind: 'fail', status: 400 },
      ...{ error: 'ConditionalCheckFailedException', fields: { Item: marshall(other) } },
    });
    ada.send(frame);
    expect(await ada.nextOf('error', 'r')).toEqual({
      type: 'error',
      id: 'r',
      problem: {
        type: 'urn:roomcast:room-busy',
        title: expect.any(String),
        status: 409,
        detail: expect.any(String),
        temporary: true,
        retryAfterMs: 1000,
      },
    });
    await stack.clearFaults();
    expect((await stored(frame.clientMsgId)).filter(({ kind }) => kind === 'message')).toEqual([]);
    ada.send(frame);
    expect(await ada.nextOf('ack', 'r')).toMatchObject({ duplicate: false });
  });

  it('moves an event to the dead-letter queue and fails the execution if posting a batch fails', async () => {
    const frame = message();
    await stack.addFault({
      service: 'lambda',
      action: 'Invoke',
      match: 'PostFunction',
      kind: 'fail',
      error: 'ResourceNotFoundException',
      status: 404,
    });
    ada.send(frame);
    await ada.nextOf('ack', 'r');
    const { Body, MessageAttributes } = await waitForDeadLetter(stack, frame.clientMsgId);
    expect(JSON.parse(Body as string)).toMatchObject({
      'detail-type': 'MessageSent',
      detail: { room: 'lobby' },
    });
    // The number of failures is the number of index keys with members. Rows from earlier tests may not be deleted yet.
    expect(MessageAttributes?.FAILURES?.StringValue).toMatch(/^[1-9]\d*$/);
    const failed = await eventually(async () =>
      (await stack.executions()).find(({ status }) => status === 'FAILED'),
    );
    expect(failed.error).toBe('Roomcast.PartlyUndelivered');
  });

  it('moves an event to the dead-letter queue with the reason if the execution does not start', async () => {
    const frame = message();
    await stack.addFault({
      service: 'states',
      action: 'StartExecution',
      kind: 'fail',
      error: 'StateMachineDoesNotExist',
      status: 400,
    });
    ada.send(frame);
    await ada.nextOf('ack', 'r');
    const { MessageAttributes } = await waitForDeadLetter(stack, frame.clientMsgId);
    expect(MessageAttributes?.RULE_ARN?.StringValue).toContain(':rule/');
    expect(MessageAttributes?.ERROR_CODE?.StringValue).toBeTruthy();
  });
});

/** Waits until the dead-letter queue contains a message with the given text. */
async function waitForDeadLetter(stack: Stack, text: string) {
  const { QueueUrls } = await stack.queues.send(new ListQueuesCommand({}));
  const request = new ReceiveMessageCommand({
    QueueUrl: QueueUrls?.[0],
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
  });
  return eventually(async () =>
    (await stack.queues.send(request)).Messages?.find(({ Body }) => Body?.includes(text)),
  );
}
