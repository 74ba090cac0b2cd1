import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { retryConflicts } from './errors';

const single = new TransactionConflictException({ $metadata: {}, message: 'ongoing' });
const cancel = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** Runs a call that fails with these errors before it succeeds, and records the waits. */
async function run(errors: Error[]) {
  const waits: number[] = [];
  let calls = 0;
  const call = async () => {
    calls += 1;
    const error = errors[calls - 1];
    if (error) throw error;
    return 'written';
  };
  const result = await retryConflicts(call, async (ms) => waits.push(ms)).catch((error) => error);
  return { result, calls, waits };
}

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => jest.restoreAllMocks());

describe('retryConflicts', () => {
  it.each([
    ['a single write', single],
    ['a transaction', cancel('None', 'TransactionConflict')],
    ['two actions of a transaction', cancel('TransactionConflict', 'TransactionConflict')],
    ['an action that is throttled', cancel('ThrottlingError', 'None')],
    ['an action over the provisioned throughput', cancel('None', 'ProvisionedThroughputExceeded')],
  ])('repeats the call after a conflict of %s', async (_, error) => {
    expect(await run([error, error])).toMatchObject({ result: 'written', calls: 3 });
  });

  it.each([
    ['a failed condition', cancel('TransactionConflict', 'ConditionalCheckFailed')],
    ['a cancellation without a reason', cancel('None')],
    ['any other error', new Error('unreachable')],
  ])('throws %s at once', async (_, error) => {
    expect(await run([error])).toEqual({ result: error, calls: 1, waits: [] });
  });

  it('doubles the wait up to half a second, with jitter, and gives up after twelve attempts', async () => {
    const { result, calls, waits } = await run(Array.from({ length: 20 }, () => single));
    expect(result).toBe(single);
    expect(calls).toBe(12);
    expect(waits).toEqual([15, 30, 60, 120, 240, 250, 250, 250, 250, 250, 250]);
  });
});
