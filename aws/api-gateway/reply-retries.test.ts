import { ShortThrottleRetryStrategy } from './reply-retries';

afterEach(() => jest.restoreAllMocks());

/** Reports errors of some types. Returns the delays before the retries, and the message of the error that ends them. */
async function run(types: readonly string[]): Promise<(number | string | undefined)[]> {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const timers = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void) => {
    callback();
  }) as never);
  const strategy = new ShortThrottleRetryStrategy(4);
  let token = await strategy.acquireInitialRetryToken('');
  let end: string | undefined;
  for (const errorType of types) {
    const error = Object.assign(new Error('failed'), { name: errorType });
    try {
      token = await strategy.refreshRetryTokenForRetry(token, { error, errorType } as never);
    } catch (reason) {
      end = (reason as Error).message;
      break;
    }
  }
  return [...timers.mock.calls.map(([, ms]) => ms), end];
}

describe('ShortThrottleRetryStrategy', () => {
  it('retries a throttled call once, after at most 200 ms', async () => {
    expect(await run(['THROTTLING', 'THROTTLING'])).toEqual([100, 'The call was throttled twice.']);
  });

  it('does not retry a call that is throttled after other errors', async () => {
    expect(await run(['TRANSIENT', 'TRANSIENT', 'THROTTLING'])).toEqual([
      25,
      50,
      'The call was throttled twice.',
    ]);
  });

  it('doubles the delay after other errors until the maximum number of attempts', async () => {
    const results = await run(['TRANSIENT', 'TRANSIENT', 'TRANSIENT', 'TRANSIENT']);
    expect(results).toEqual([25, 50, 100, 'No retry token available']);
  });
});
