import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { ConflictRetryStrategy } from './conflict-retries';

const single = new TransactionConflictException({ $metadata: {}, message: 'ongoing' });
const cancel = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const cancelled = new TransactionCanceledException({ $metadata: {}, message: 'cancelled' });
const reset = Object.assign(new Error('read ECONNRESET'), { name: 'TimeoutError' });

/** Reports errors to the strategy until it rejects one. Returns the number of retries and their delays. */
async function run(errors: readonly object[], strategy = new ConflictRetryStrategy()) {
  const delays: number[] = [];
  let token = await strategy.acquireInitialRetryToken('');
  for (const error of errors) {
    const errorType = error === reset ? 'TRANSIENT' : 'CLIENT_ERROR';
    const next = await strategy
      .refreshRetryTokenForRetry(token, { error, errorType } as never)
      .catch(() => undefined);
    if (!next) break;
    token = next;
    delays.push(token.getRetryDelay());
  }
  return { retries: delays.length, delays };
}

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => jest.restoreAllMocks());

describe('ConflictRetryStrategy', () => {
  it.each([
    ['a conflict of a single write', single],
    ['a transaction', cancel('None', 'TransactionConflict')],
    ['a conflict of two actions of a transaction', cancel('TransactionConflict', 'TransactionConflict')],
    ['a transaction with a throttled action', cancel('ThrottlingError', 'None')],
    ['a transaction over the provisioned throughput', cancel('None', 'ProvisionedThroughputExceeded')],
  ])('retries the call after %s', async (_, error) => {
    expect(await run([error, error])).toMatchObject({ retries: 2 });
  });

  it.each([
    ['a failed condition', cancel('TransactionConflict', 'ConditionalCheckFailed')],
    ['a cancellation without a reason', cancel('None')],
    ['a cancellation without a list of reasons', cancelled],
    ['any other error', new Error('unreachable')],
  ])('does not retry %s', async (_, error) => {
    expect(await run([error])).toMatchObject({ retries: 0 });
  });

  it('doubles the delay up to half a second, with jitter, and gives up after twelve attempts', async () => {
    const { delays } = await run(Array.from({ length: 20 }, () => single));
    expect(delays).toEqual([15, 30, 60, 120, 240, 250, 250, 250, 250, 250, 250]);
  });

  it('retries lost connections three times, even between conflicts', async () => {
    expect(await run([reset, single, reset, single, reset, single, reset])).toMatchObject({ retries: 6 });
  });

  it('reports the retries of the SDK, which do not include conflicts', async () => {
    const strategy = new ConflictRetryStrategy();
    const first = await strategy.acquireInitialRetryToken('');
    const retry = (token: typeof first, error: object, errorType: string) =>
      strategy.refreshRetryTokenForRetry(token, { error, errorType } as never);
    const afterReset = await retry(first, reset, 'TRANSIENT');
    const afterConflict = await retry(afterReset, single, 'CLIENT_ERROR');
    expect(afterConflict.getRetryCount()).toBe(1);
    expect(afterConflict.getRetryCost?.()).toBe(afterReset.getRetryCost?.());
    expect(afterConflict.getRetryCost?.()).toBeGreaterThan(0);
  });

  it('does not use the retry quota for conflicts', async () => {
    const strategy = new ConflictRetryStrategy();
    const before = strategy.getCapacity();
    await run([single, cancel('TransactionConflict'), single], strategy);
    expect(strategy.getCapacity()).toBe(before);
    await run([reset], strategy);
    expect(strategy.getCapacity()).toBeLessThan(before);
  });
});
