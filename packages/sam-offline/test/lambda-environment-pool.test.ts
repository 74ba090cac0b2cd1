import { EnvironmentPool } from '../src/lambda/environment-pool';
import type { EnvironmentEvents, ExecutionEnvironment } from '../src/lambda/execution-environment';

const MINUTE_MS = 60_000;
const unexpected = () => {
  throw new Error('The environment did not start.');
};

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Creates a pool of environments without threads. */
function createPool(limit = 1) {
  const environments: { terminate: jest.Mock }[] = [];
  const create = (events: EnvironmentEvents) => {
    const terminate = jest.fn(async () => undefined);
    const environment = { terminate, ended: Promise.resolve(), isStale: false };
    environments.push(environment);
    void Promise.resolve().then(() => events.onReady(environment as unknown as ExecutionEnvironment));
    return environment as unknown as ExecutionEnvironment;
  };
  const pool = new EnvironmentPool({
    limit,
    startLimit: limit,
    create,
    onFreeze: () => undefined,
    log: () => undefined,
  });
  /** Invokes the function once. Returns the environment that ran it. */
  const invoke = async (work: Promise<void> = Promise.resolve()) => {
    const environment = await new Promise<ExecutionEnvironment>((resolve) => {
      pool.submit({
        run: async (used) => {
          resolve(used);
          await work;
        },
        initFailed: unexpected,
      });
    });
    await jest.advanceTimersByTimeAsync(0);
    return environment;
  };
  return { pool, environments, invoke };
}

describe('an idle execution environment', () => {
  it('ends after ten minutes', async () => {
    const { invoke } = createPool();
    const first = await invoke();
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS - 1);
    expect(first.terminate).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(first.terminate).toHaveBeenCalledTimes(1);
    expect(await invoke()).not.toBe(first);
  });

  it('stays if it is used', async () => {
    const { invoke } = createPool();
    const first = await invoke();
    await jest.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect(await invoke()).toBe(first);
    await jest.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect(first.terminate).not.toHaveBeenCalled();
  });

  it('does not end during an invocation', async () => {
    const { invoke } = createPool();
    const first = await invoke();
    let finish = () => {};
    await invoke(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    await jest.advanceTimersByTimeAsync(20 * MINUTE_MS);
    expect(first.terminate).not.toHaveBeenCalled();
    finish();
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(first.terminate).toHaveBeenCalledTimes(1);
  });

  it('ends once when the pool closes', async () => {
    const { pool, invoke } = createPool();
    const first = await invoke();
    await pool.close();
    expect(jest.getTimerCount()).toBe(0);
    expect(first.terminate).toHaveBeenCalledTimes(1);
  });

  it('is the one that was used last', async () => {
    const { environments, invoke } = createPool(2);
    const [first, second] = await Promise.all([invoke(), invoke()]);
    expect(environments).toHaveLength(2);
    expect(first).not.toBe(second);
    const last = await invoke();
    await jest.advanceTimersByTimeAsync(6 * MINUTE_MS);
    expect(await invoke()).toBe(last);
    await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(last.terminate).not.toHaveBeenCalled();
    expect(environments.filter(({ terminate }) => terminate.mock.calls.length > 0)).toHaveLength(1);
  });
});
