import { openQueues, queue, queueArn } from './support/queues';

let now: number;
let open: ReturnType<typeof openQueues>;

beforeEach(() => {
  now = Date.parse('2026-11-21T10:00:00Z');
  const redrive = { deadLetterArn: queueArn('dead'), maxReceiveCount: 2 };
  open = openQueues(
    [
      queue('q', { redrive, delaySeconds: 5, receiveWaitSeconds: 20, maximumMessageBytes: 1024 }),
      queue('dead', { messageRetentionSeconds: 90 }),
    ],
    { clock: () => now },
  );
});
afterEach(() => open.sqs.close());

const attributes = async () =>
  (await open.call('GetQueueAttributes', { AttributeNames: ['All'] })).Attributes as Record<string, string>;

/** Receives without long polling, because the wait time of the queue is longer than the test. */
const receive = () => open.receive({ WaitTimeSeconds: 0 });

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
describe('a redrive policy', () => {
  it('moves a message instead of delivering it more than maxReceiveCount times', async () => {
    const { MessageId } = await open.send('a', { DelaySeconds: 0 });
    for (const count of ['1', '2']) {
      expect((await receive())[0]?.Attributes.ApproximateReceiveCount).toBe(count);
      now += 30_000;
    }
    expect(await open.receive({ QueueUrl: 'dead' })).toEqual([]);
    expect(await receive()).toEqual([]);
    const [dead] = await open.receive({ QueueUrl: 'dead' });
    expect(dead).toMatchObject({
      Body: 'a',
      MessageId,
      Attributes: { DeadLetterQueueSourceArn: queueArn('q') },
    });
  });

  it('keeps the send time of the message, so the retention period does not restart', async () => {
    await open.send('a', { DelaySeconds: 0 });
    await receive();
    now += 30_000;
    await receive();
    now += 60_000;
    await receive();
    expect(await open.receive({ QueueUrl: 'dead' })).toEqual([]);
  });

  it('keeps messages that are deleted in time', async () => {
    await open.send('a', { DelaySeconds: 0 });
    await receive();
    now += 30_000;
    const [message] = await receive();
    if (message) await open.remove(message);
    now += 30_000;
    expect([...(await receive()), ...(await open.receive({ QueueUrl: 'dead' }))]).toEqual([]);
  });
});

describe('a queue with attributes', () => {
  it('applies its delay to messages without a delay', async () => {
    await open.send('late');
    await open.send('soon', { DelaySeconds: 0 });
    expect((await receive()).map(({ Body }) => Body)).toEqual(['soon']);
    now += 5_000;
    expect((await receive()).map(({ Body }) => Body)).toEqual(['late']);
  });

  it('applies its wait time to receive requests', async () => {
    const pending = open.bodies();
    await open.send('a', { DelaySeconds: 0 });
    expect(await pending).toEqual(['a']);
  });

  it('limits the size of messages', async () => {
    await open.send('x'.repeat(1024));
    await expect(open.send('x'.repeat(1025))).rejects.toThrow('Message must be shorter than 1024 bytes');
  });

  it('returns its attributes', async () => {
    expect(await attributes()).toMatchObject({
      DelaySeconds: '5',
      ReceiveMessageWaitTimeSeconds: '20',
      MaximumMessageSize: '1024',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn('dead'), maxReceiveCount: 2 }),
    });
    expect(await attributes()).not.toHaveProperty('FifoQueue');
  });
});

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
describe('StartMessageMoveTask', () => {
  /** Receives a message until the queue moves it to the dead-letter queue. */
  const fail = async () => {
    await open.send('a', { DelaySeconds: 0 });
    for (let i = 0; i < 2; i += 1) {
      await receive();
      now += 30_000;
    }
    await receive();
  };
  const start = (input: object) => open.call('StartMessageMoveTask', { ...input });
  const list = async () =>
    (await open.call('ListMessageMoveTasks', { SourceArn: queueArn('dead') })).Results as object[];

  it('returns messages to their source queue as new messages', async () => {
    await fail();
    expect(await start({ SourceArn: queueArn('dead') })).toEqual({ TaskHandle: expect.any(String) });
    now += 5000;
    const [message] = await receive();
    expect(message).toMatchObject({ Body: 'a', Attributes: { ApproximateReceiveCount: '1' } });
    expect(await list()).toEqual([
      {
        Status: 'COMPLETED',
        SourceArn: queueArn('dead'),
        ApproximateNumberOfMessagesMoved: 1,
        ApproximateNumberOfMessagesToMove: 1,
        StartedTimestamp: now - 5000,
      },
    ]);
  });

  it('does not move messages without a source queue unless the request contains a destination', async () => {
    await open.send('sent here', { QueueUrl: 'dead' });
    await start({ SourceArn: queueArn('dead') });
    expect(await list()).toMatchObject([
      {
        Status: 'FAILED',
        FailureReason: 'CouldNotDetermineMessageSource',
        ApproximateNumberOfMessagesMoved: 0,
      },
    ]);
    await start({ SourceArn: queueArn('dead'), DestinationArn: queueArn('q') });
    expect(await list()).toMatchObject([{ Status: 'COMPLETED', DestinationArn: queueArn('q') }]);
    now += 5000;
    expect((await receive()).map(({ Body }) => Body)).toEqual(['sent here']);
  });

  it('does not move messages in flight', async () => {
    await open.send('taken', { QueueUrl: 'dead' });
    await open.receive({ QueueUrl: 'dead' });
    await start({ SourceArn: queueArn('dead'), DestinationArn: queueArn('q') });
    expect(await list()).toMatchObject([{ ApproximateNumberOfMessagesToMove: 0 }]);
  });

  it('rejects unknown queues, and a source that is not a dead-letter queue', async () => {
    await expect(start({ SourceArn: queueArn('q') })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
      message: 'Source queue must be configured as a Dead Letter Queue.',
    });
    await expect(start({ SourceArn: queueArn('none') })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      message: "The resource that you specified for the SourceArn parameter doesn't exist.",
    });
    await expect(start({ SourceArn: queueArn('dead'), DestinationArn: queueArn('none') })).rejects.toThrow(
      "DestinationArn parameter doesn't exist.",
    );
  });
});
