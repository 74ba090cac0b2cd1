import type { LambdaOptions, LambdaService } from '../src/lambda';
import type { FunctionModel } from '../src/lambda/model';
import { accountId, arnOf, createTestLambda, functionModel, region } from './support/lambda';

const functionArn = arnOf('f');
const queueArn = `arn:aws:sqs:${region}:${accountId}:lost`;
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/;

let lambda: LambdaService;
let lines: string[];
let outcome: Promise<unknown>;
let resolveOutcome: (value: unknown) => void;

/** Builds a function. `outcome` resolves to the first failure record, or to the log line of the first dropped event. */
async function open(
  handler: string,
  asyncInvoke: FunctionModel['asyncInvoke'],
  model: Partial<FunctionModel> = {},
  options: Partial<LambdaOptions> = {},
): Promise<void> {
  lines = [];
  outcome = new Promise((resolve) => {
    resolveOutcome = resolve;
  });
  lambda = createTestLambda([functionModel({ handler, asyncInvoke, ...model })], {
    asyncRetryDelays: [1, 1],
    deliver: async (arn, body, context) => resolveOutcome({ arn, record: JSON.parse(body), context }),
    log: ({ line }) => {
      lines.push(line);
      if (line.startsWith('Dropped')) resolveOutcome(line);
    },
    ...options,
  });
  await lambda.build();
}

const send = (Payload: unknown = {}) =>
  lambda.call(
    'Invoke',
    { FunctionName: 'f', InvocationType: 'Event', Payload },
    { traceHeader: 'Root=1-5-a' },
  );

const starts = () => lines.filter((line) => line.startsWith('START'));

const settings = { maximumEventAgeSeconds: 60, maximumRetryAttempts: 2, onFailureArn: queueArn };

afterEach(() => lambda?.close());

describe('asynchronous invocations', () => {
  it('sends a record to the destination after the last retry', async () => {
    await open('failures.throws', settings);
    expect(await send({ room: 'a' })).toEqual({ StatusCode: 202 });
    const requestId = expect.stringMatching(uuid);
    expect(await outcome).toEqual({
      arn: queueArn,
      context: { traceHeader: 'Root=1-5-a' },
      record: {
        version: '1.0',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        requestContext: {
          requestId,
          functionArn: `${functionArn}:$LATEST`,
          condition: 'RetriesExhausted',
          approximateInvokeCount: 3,
        },
        requestPayload: { room: 'a' },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: {
          errorType: 'RoomFullError',
          errorMessage: 'no seat left',
          trace: expect.any(Array),
        },
      },
    });
    const { record } = (await outcome) as { record: { requestContext: { requestId: string } } };
    expect(new Set(starts())).toEqual(
      new Set([`START RequestId: ${record.requestContext.requestId} Version: $LATEST`]),
    );
    expect(starts()).toHaveLength(3);
    expect(lines.join('\n')).not.toContain('Dropped');
  });

  it.each([0, 1])('retries up to MaximumRetryAttempts times (%d)', async (maximumRetryAttempts) => {
    await open('failures.throws', { ...settings, maximumRetryAttempts });
    await send();
    expect(await outcome).toMatchObject({
      record: {
        requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: maximumRetryAttempts + 1 },
      },
    });
    expect(starts()).toHaveLength(maximumRetryAttempts + 1);
  });

  it('sends no record after a success', async () => {
    const delivered: string[] = [];
    const deliver = async (_: string, body: string) => {
      delivered.push(body);
    };
    await open('basics.count', settings, {}, { deliver, maxThreadsPerFunction: 1 });
    await send();
    // There is only one execution environment, so this invocation runs after the event.
    expect(await lambda.invoke(functionArn, {})).toEqual({ payload: 2 });
    await lambda.close();
    expect(delivered).toEqual([]);
    expect(starts()).toHaveLength(2);
  });

  it('does not retry if the event would expire first', async () => {
    await open('failures.throws', settings, {}, { asyncRetryDelays: [60_000] });
    await send();
    expect(await outcome).toMatchObject({
      record: {
        requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 1 },
        responseContext: { functionError: 'Unhandled' },
        responsePayload: { errorType: 'RoomFullError' },
      },
    });
  });

  it('retries a throttled event without counting the attempt', async () => {
    const { onFailureArn } = settings;
    await open(
      'basics.wait',
      { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0, onFailureArn },
      {},
      { accountConcurrency: 1, asyncThrottleDelay: 5 },
    );
    const before = lambda.invoke(functionArn, { millis: 50 });
    await send({ millis: 0 });
    await before;
    while (starts().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await lambda.close();
    expect(lines.filter((line) => line.startsWith('Dropped'))).toEqual([]);
  });

  it('discards an event that expires while it is throttled', async () => {
    await open('basics.wait', { ...settings, maximumEventAgeSeconds: 0.02 }, { reservedConcurrency: 1 });
    const before = lambda.invoke(functionArn, { millis: 50 });
    await send({ millis: 0 });
    await before;
    const { record } = (await outcome) as { record: object };
    expect(record).toMatchObject({
      requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      requestPayload: { millis: 0 },
    });
    expect(record).not.toHaveProperty('responseContext');
    expect(record).not.toHaveProperty('responsePayload');
    expect(starts()).toHaveLength(1);
    expect((await lambda.invoke(functionArn, { millis: 0 })).functionError).toBeUndefined();
  });

  it('discards an event immediately if the reserved concurrency is 0', async () => {
    await open('basics.echo', settings, { reservedConcurrency: 0 });
    await send();
    const { record } = (await outcome) as { record: object };
    expect(record).toMatchObject({
      requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 },
    });
    expect(record).not.toHaveProperty('responseContext');
  });

  it('drops an event if the delivery to the destination fails', async () => {
    const deliver = async () => {
      throw new Error('no such queue');
    };
    await open('failures.throws', { ...settings, maximumRetryAttempts: 0 }, {}, { deliver });
    await send();
    expect(await outcome).toMatch(
      /^Dropped .*: RetriesExhausted; delivery to arn:aws:sqs:\S+ failed: Error: no such queue$/,
    );
  });

  it('requires the option "deliver" if a function has a destination', async () => {
    await expect(open('basics.echo', settings, {}, { deliver: undefined })).rejects.toThrow(
      'The function F has a destination. Set the option "deliver".',
    );
  });

  it('drops an event without a destination', async () => {
    await open('failures.throws', { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0 });
    await send();
    expect(await outcome).toMatch(
      /^Dropped asynchronous event RequestId: \S+ after 1 attempts: RetriesExhausted$/,
    );
  });
});
