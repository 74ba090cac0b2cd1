import type { JsonObject } from '../src/core/service';
import { openQueues, queue } from './support/queues';

let now: number;
let fifo: ReturnType<typeof openQueues>;

beforeEach(() => {
  now = Date.parse('2026-11-21T10:00:00Z');
  const explicit = { contentBasedDeduplication: false, deduplicationScope: 'messageGroup' } as const;
  fifo = openQueues([queue('q.fifo'), queue('plain'), queue('grouped.fifo', { fifo: explicit })], {
    clock: () => now,
  });
});
afterEach(() => fifo.sqs.close());

const send = (body: string, MessageGroupId: string, more: JsonObject = {}) =>
  fifo.send(body, { MessageGroupId, ...more });

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
describe('the order of a FIFO queue', () => {
  it('returns several messages of a group in one response, in order', async () => {
    for (const body of ['a1', 'b1', 'a2']) await send(body, body.slice(0, 1));
    expect(await fifo.bodies()).toEqual(['a1', 'b1', 'a2']);
  });

  it('returns no message of a group while another message of the group is in flight', async () => {
    for (const body of ['a1', 'a2', 'b1']) await send(body, body.slice(0, 1));
    const [first] = await fifo.receive({ MaxNumberOfMessages: 1 });
    expect(first?.Body).toBe('a1');
    expect(await fifo.bodies()).toEqual(['b1']);
    expect(await fifo.bodies()).toEqual([]);
    if (first) await fifo.remove(first);
    expect(await fifo.bodies()).toEqual(['a2']);
  });

  it('returns a message that was not deleted before the later messages of its group', async () => {
    for (const body of ['a1', 'a2']) await send(body, 'a');
    await fifo.receive({ MaxNumberOfMessages: 1 });
    now += 30_000;
    expect(await fifo.bodies()).toEqual(['a1', 'a2']);
  });

  it('completes a pending receive when the group has no message in flight', async () => {
    for (const body of ['a1', 'a2']) await send(body, 'a');
    const [first] = await fifo.receive({ MaxNumberOfMessages: 1 });
    const pending = fifo.bodies({ WaitTimeSeconds: 20 });
    if (first) await fifo.remove(first);
    expect(await pending).toEqual(['a2']);
  });

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
  it('returns a delayed message before the later messages of its group, even if these have no delay', async () => {
    const { sqs, send, bodies } = openQueues([queue('slow.fifo', { delaySeconds: 5 })], { clock: () => now });
    await send('a1', { MessageGroupId: 'a' });
    now += 4_000;
    await send('a2', { MessageGroupId: 'a' });
    await send('a3', { MessageGroupId: 'a', DelaySeconds: 0 });
    expect(await bodies()).toEqual([]);
    now += 1_000;
    expect(await bodies()).toEqual(['a1']);
    expect(await bodies()).toEqual([]);
    sqs.close();
  });

  it('returns increasing sequence numbers of 20 digits, the group and the deduplication ID', async () => {
    const sent = [await send('a1', 'a'), await send('a2', 'a', { MessageDeduplicationId: 'd' })];
    const numbers = sent.map(({ SequenceNumber }) => String(SequenceNumber));
    expect(numbers).toEqual([expect.stringMatching(/^\d{20}$/), expect.stringMatching(/^\d{20}$/)]);
    expect([...numbers].sort()).toEqual(numbers);
    const [first, second] = await fifo.receive();
    expect(first?.Attributes).toMatchObject({ MessageGroupId: 'a', SequenceNumber: numbers[0] });
    expect(first?.Attributes.MessageDeduplicationId).toMatch(/^[0-9a-f]{64}$/);
    expect(second?.Attributes).toMatchObject({ MessageDeduplicationId: 'd' });
  });
});

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
describe('the deduplication of a FIFO queue', () => {
  it('accepts a repeated body for five minutes without delivering it again', async () => {
    const first = await send('a', 'g');
    now += 299_999;
    expect(await send('a', 'other')).toEqual(first);
    expect(await fifo.bodies()).toEqual(['a']);
    now += 1;
    expect((await send('a', 'other')).MessageId).not.toBe(first.MessageId);
    expect(await fifo.bodies()).toContain('a');
  });

  it('includes deleted messages', async () => {
    await send('a', 'g');
    const [message] = await fifo.receive();
    if (message) await fifo.remove(message);
    await send('a', 'g');
    expect(await fifo.bodies()).toEqual([]);
  });

  it('compares the deduplication IDs instead of the bodies if the request contains an ID', async () => {
    await send('a', 'g', { MessageDeduplicationId: '1' });
    await send('b', 'g', { MessageDeduplicationId: '1' });
    await send('a', 'g', { MessageDeduplicationId: '2' });
    expect(await fifo.bodies()).toEqual(['a', 'a']);
  });

  it('compares only messages of the same group if DeduplicationScope is messageGroup', async () => {
    const QueueUrl = 'grouped.fifo';
    for (const group of ['g', 'h', 'g']) await send(group, group, { QueueUrl, MessageDeduplicationId: '1' });
    expect(await fifo.bodies({ QueueUrl })).toEqual(['g', 'h']);
  });
});

// The error messages of AWS, as recorded in localstack (services/sqs/models.py) and moto (tests/test_sqs/test_sqs.py).
describe('the validation of FIFO parameters', () => {
  const group = { MessageGroupId: 'g' };
  const long = 'x'.repeat(129);
  it.each<[string, JsonObject, string, string]>([
    ['q.fifo', {}, 'MissingParameter', 'The request must contain the parameter MessageGroupId.'],
    [
      'grouped.fifo',
      group,
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    ],
    [
      'q.fifo',
      { ...group, DelaySeconds: 1 },
      'InvalidParameterValue',
      'Value 1 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for ' +
        'this queue type.',
    ],
    [
      'plain',
      { MessageDeduplicationId: 'd' },
      'InvalidParameterValue',
      'Value d for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not ' +
        'valid for this queue type.',
    ],
    [
      'q.fifo',
      { MessageGroupId: 'é' },
      'InvalidParameterValue',
      'Value é for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and ' +
        'punctuation characters. 1 to 128 in length.',
    ],
    [
      'q.fifo',
      { ...group, MessageDeduplicationId: long },
      'InvalidParameterValue',
      `Value ${long} for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only include ` +
        'alphanumeric and punctuation characters. 1 to 128 in length.',
    ],
  ])('rejects a message to %s with %j', async (QueueUrl, input, code, message) => {
    await expect(fifo.send('a', { QueueUrl, ...input })).rejects.toMatchObject({ code, message });
  });

  it('accepts IDs of 128 characters and a delay of 0', async () => {
    const id = '~'.repeat(128);
    await send('a', id, { MessageDeduplicationId: id, DelaySeconds: 0 });
    expect(await fifo.bodies()).toEqual(['a']);
  });

  it('accepts a message group in a standard queue, which does not order messages', async () => {
    for (const body of ['a', 'b']) await send(body, 'g', { QueueUrl: 'plain' });
    expect(await fifo.bodies({ QueueUrl: 'plain', MaxNumberOfMessages: 1 })).toEqual(['a']);
    const [second] = await fifo.receive({ QueueUrl: 'plain' });
    expect(second).toMatchObject({ Body: 'b', Attributes: { MessageGroupId: 'g' } });
    expect(second?.Attributes).not.toHaveProperty('SequenceNumber');
  });

  it('rejects a DeleteMessage request after the visibility timeout', async () => {
    await send('a', 'g');
    const [message] = await fifo.receive();
    now += 30_000;
    const remove = message && fifo.remove(message);
    await expect(remove).rejects.toMatchObject({
      code: 'InvalidParameterValue',
      message: expect.stringMatching(
        /^Value .* for parameter ReceiptHandle is invalid. Reason: The receipt handle/,
      ),
    });
  });
});
