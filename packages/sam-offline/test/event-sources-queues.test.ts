import { AwsError, type InvokeResult, type JsonObject } from '../src/core/service';
import { createEventSources, type EventSources } from '../src/event-sources';
import type { EventSourceMappingModel } from '../src/event-sources/model';
import type { QueueModel } from '../src/sqs/model';
import { RuntimeClock } from '../src/time/runtime-clock';
import { accountId, openQueues, queue, queueArn, region } from './support/queues';

const FUNCTION_ARN = `arn:aws:lambda:${region}:${accountId}:function:f`;

type Batch = { Records: (JsonObject & { body: string; messageId: string })[] };
type Handler = (batch: Batch) => unknown;

const running: { sources: EventSources; close: () => void }[] = [];
afterEach(async () => {
  for (const { sources, close } of running.splice(0)) {
    const closed = sources.close();
    close();
    await closed;
  }
});

/** Starts an event source mapping from the queue to a function. The invocation fails if `handle` throws an error. */
function start(
  handle: Handler,
  more: Partial<EventSourceMappingModel> = {},
  model: Partial<QueueModel> = {},
  name = 'q',
) {
  const clock = new RuntimeClock();
  const queues = openQueues([queue(name, model), queue('dead')], {
    clock: clock.now,
    setTimer: clock.setTimer,
  });
  const batches: Batch[] = [];
  const calls: { action: string; principal?: string }[] = [];
  const logged: string[] = [];
  const sources = createEventSources({
    mappings: [
      {
        logicalId: 'Mapping',
        functionArn: FUNCTION_ARN,
        sourceArn: queueArn(name),
        enabled: true,
        batchSize: 10,
        batchingWindowSeconds: 0,
        reportsItemFailures: false,
        filters: [],
        ...more,
      },
    ],
    region,
    clock,
    watchStream: () => () => undefined,
    call: (_service, action, input, context) => {
      calls.push({ action, ...context });
      return queues.sqs.call(action, input, context);
    },
    invoke: async (_arn, event): Promise<InvokeResult> => {
      batches.push(event as Batch);
      try {
        return { payload: await handle(event as Batch) };
      } catch (error) {
        if (error instanceof AwsError) throw error;
        return { payload: { errorMessage: String(error) }, functionError: 'Unhandled' };
      }
    },
    log: (message) => logged.push(message),
  });
  running.push({ sources, close: queues.sqs.close });
  const counts = () => queues.sqs.peek().map(({ visible, notVisible }) => visible + notVisible);
  return {
    ...queues,
    sources,
    clock,
    batches,
    calls,
    logged,
    /** Returns the number of messages in the queue and in its dead-letter queue. */
    counts,
    bodies: () => batches.map(({ Records }) => Records.map(({ body }) => body)),
    settle: async () => {
      for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
    },
    sendAll: (bodies: readonly string[], more: (body: string) => JsonObject = () => ({})) =>
      queues.call('SendMessageBatch', {
        Entries: bodies.map((body, i) => ({ Id: String(i), MessageBody: body, ...more(body) })),
      }),
  };
}

describe('the event of a queue', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
  it('has the documented format', async () => {
    const app = start(() => undefined);
    app.sources.start();
    await app.send('hello', {
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'k' },
        bytes: { DataType: 'Binary', BinaryValue: 'AAE=' },
      },
    });
    await app.settle();
    expect(app.batches).toEqual([
      {
        Records: [
          {
            messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            receiptHandle: expect.any(String),
            body: 'hello',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: expect.stringMatching(/^\d{13}$/),
              SenderId: accountId,
              ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            },
            messageAttributes: {
              kind: { stringValue: 'k', stringListValues: [], binaryListValues: [], dataType: 'String' },
              bytes: { binaryValue: 'AAE=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
            },
            md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
            md5OfBody: '5d41402abc4b2a76b9719d911017c592',
            eventSource: 'aws:sqs',
            eventSourceARN: queueArn('q'),
            awsRegion: region,
          },
        ],
      },
    ]);
    expect(app.counts()).toEqual([0, 0]);
  });

  it('is read with the permissions of the function', async () => {
    const app = start(() => undefined);
    app.sources.start();
    await app.send('a');
    await app.settle();
    expect(new Set(app.calls.map(({ action }) => action))).toEqual(
      new Set(['ReceiveMessage', 'DeleteMessageBatch']),
    );
    expect(app.calls.every(({ principal }) => principal === FUNCTION_ARN)).toBe(true);
  });

  it('stays in the queue if the mapping is disabled', async () => {
    const app = start(() => undefined, { enabled: false });
    app.sources.start();
    await app.send('a');
    await app.settle();
    expect(app.calls).toEqual([]);
  });
});

describe('a batch from a queue', () => {
  it('has at most BatchSize messages', async () => {
    const app = start(() => undefined, { batchSize: 2 });
    await app.sendAll(['a', 'b', 'c']);
    app.sources.start();
    await app.settle();
    expect(app.bodies()).toEqual([['a', 'b'], ['c']]);
  });

  it('gathers messages until the batching window ends', async () => {
    const app = start(() => undefined, { batchSize: 100, batchingWindowSeconds: 5 });
    app.sources.start();
    await app.send('a');
    await app.clock.advance(3_000);
    await app.send('b');
    await app.settle();
    expect(app.batches).toEqual([]);
    await app.clock.advance(5_000);
    await app.settle();
    expect(app.bodies()).toEqual([['a', 'b']]);
  });

  it('can contain more messages than one ReceiveMessage call returns', async () => {
    const app = start(() => undefined, { batchSize: 25, batchingWindowSeconds: 5 });
    for (const prefix of ['a', 'b', 'c'])
      await app.sendAll(Array.from({ length: 10 }, (_, i) => `${prefix}${i}`));
    app.sources.start();
    await app.settle();
    expect(app.bodies().map(({ length }) => length)).toEqual([25]);
  });

  it('does not exceed the payload limit of 6 MB', async () => {
    const app = start(() => undefined);
    for (let i = 0; i < 8; i += 1) await app.send('x'.repeat(1_000_000));
    app.sources.start();
    await app.settle();
    expect(app.bodies().map(({ length }) => length)).toEqual([6, 2]);
    expect(app.counts()).toEqual([0, 0]);
  });

  it.each([
    ['at most five batches initially', undefined, 5],
    ['at most MaximumConcurrency batches', 2, 2],
  ])('is processed concurrently with other batches: %s', async (_, maximumConcurrency, expected) => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const app = start(() => released, { batchSize: 1, ...(maximumConcurrency && { maximumConcurrency }) });
    await app.sendAll(['1', '2', '3', '4', '5', '6', '7']);
    app.sources.start();
    await app.settle();
    expect(app.batches).toHaveLength(expected);
    release();
    await app.settle();
    expect(app.batches).toHaveLength(7);
  });
});

describe('a failed batch', () => {
  it('is processed again after the visibility timeout, then moves to the dead-letter queue', async () => {
    const redrive = { deadLetterArn: queueArn('dead'), maxReceiveCount: 2 };
    const app = start(
      () => {
        throw new Error('no');
      },
      {},
      { redrive },
    );
    await app.sendAll(['a', 'b']);
    app.sources.start();
    await app.settle();
    expect(app.bodies()).toEqual([['a', 'b']]);
    await app.clock.advance(29_000);
    await app.settle();
    expect(app.batches).toHaveLength(1);
    await app.clock.advance(1_100);
    await app.settle();
    expect(app.bodies().flat()).toEqual(['a', 'b', 'a', 'b']);
    await app.clock.advance(31_000);
    await app.settle();
    expect(app.bodies().flat()).toHaveLength(4);
    expect(app.counts()).toEqual([0, 2]);
  });

  it('stays in the queue if the function is throttled', async () => {
    const app = start(() => {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    });
    await app.send('a');
    app.sources.start();
    await app.settle();
    expect(app.counts()).toEqual([1, 0]);
    expect(app.logged).toEqual([expect.stringContaining('Rate Exceeded')]);
  });

  it('keeps the order of a FIFO queue', async () => {
    const attempts: string[] = [];
    const app = start(
      ({ Records }) => {
        attempts.push(...Records.map(({ body }) => body));
        if (attempts.length === 1) throw new Error('no');
      },
      { batchSize: 1 },
      {},
      'q.fifo',
    );
    await app.sendAll(['a1', 'a2', 'b1'], (body) => ({ MessageGroupId: body.slice(0, 1) }));
    app.sources.start();
    await app.settle();
    expect(attempts).toEqual(['a1', 'b1']);
    await app.clock.advance(31_000);
    await app.settle();
    expect(attempts).toEqual(['a1', 'b1', 'a1', 'a2']);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
it('keeps the order of a FIFO queue if a batch needs several invocations', async () => {
  const attempts: string[] = [];
  const app = start(
    ({ Records }) => {
      attempts.push(Records.map(({ body }) => body.slice(0, 2)).join());
      if (attempts.length === 1) throw new Error('no');
    },
    {},
    {},
    'q.fifo',
  );
  const texts = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'b1'].map((text) => text.padEnd(1_000_000, '.'));
  for (const text of texts) await app.sendAll([text], (body) => ({ MessageGroupId: body.slice(0, 1) }));
  app.sources.start();
  await app.settle();
  expect(attempts).toEqual(['a1,a2,a3,a4,a5,a6', 'b1']);
  await app.clock.advance(31_000);
  await app.settle();
  expect(attempts.slice(2)).toEqual(['a1,a2,a3,a4,a5,a6', 'a7']);
  expect(app.counts()).toEqual([0, 0]);
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
describe('ReportBatchItemFailures', () => {
  const respond = async (response: (ids: string[]) => unknown, reportsItemFailures = true) => {
    const app = start(({ Records }) => response(Records.map(({ messageId }) => messageId)), {
      reportsItemFailures,
    });
    await app.sendAll(['a', 'b', 'c']);
    app.sources.start();
    await app.settle();
    return app.counts()[0];
  };
  const failure = (itemIdentifier: unknown) => ({ batchItemFailures: [{ itemIdentifier }] });

  it.each([
    ['nothing', () => undefined],
    ['null', () => null],
    ['an empty object', () => ({})],
    ['an empty list', () => ({ batchItemFailures: [] })],
    ['a null list', () => ({ batchItemFailures: null })],
  ])('deletes all messages if the function returns %s', async (_, response) => {
    expect(await respond(response)).toBe(0);
  });

  it('keeps only the reported messages', async () => {
    expect(await respond(([, second]) => failure(second))).toBe(1);
  });

  it.each([
    ['text', () => 'done'],
    ['a list that is not an array', () => ({ batchItemFailures: 'x' })],
    ['an empty identifier', () => failure('')],
    ['a null identifier', () => failure(null)],
    ['an unknown identifier', () => failure('x')],
    ['another key', ([id]: string[]) => ({ batchItemFailures: [{ id }] })],
  ])('keeps all messages if the function returns %s', async (_, response) => {
    expect(await respond(response)).toBe(3);
  });

  it('is ignored if the mapping does not enable it', async () => {
    expect(await respond(([first]) => failure(first), false)).toBe(0);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
describe('FilterCriteria', () => {
  it.each<[string, object[], string[]]>([
    ['JSON fields', [{ body: { n: [{ numeric: ['>', 1] }] } }], ['{"n":2}']],
    ['text', [{ body: ['plain'] }], ['plain']],
    ['metadata', [{ eventSource: ['aws:sqs'] }], ['{"n":1}', '{"n":2}', 'plain', 'other']],
    ['one of several filters', [{ body: { n: [1] } }, { body: ['other'] }], ['{"n":1}', 'other']],
    ['an absent field (text never matches)', [{ body: { n: [{ exists: false }] } }], []],
  ])('passes messages that match %s, and deletes other messages', async (_, filters, expected) => {
    const app = start(() => undefined, { filters: filters as Record<string, unknown>[] });
    await app.sendAll(['{"n":1}', '{"n":2}', 'plain', 'other']);
    app.sources.start();
    await app.settle();
    expect(app.bodies().flat()).toEqual(expected);
    expect(app.counts()).toEqual([0, 0]);
  });
});

it('logs a failed ReceiveMessage call, and retries it', async () => {
  const app = start(() => undefined, { sourceArn: queueArn('none') });
  app.sources.start();
  await app.settle();
  expect(app.logged).toEqual([expect.stringContaining('The specified queue does not exist.')]);
  await app.clock.advance(1_000);
  await app.settle();
  expect(app.logged).toHaveLength(2);
});
