import { EnvironmentPool } from '../src/lambda/environment-pool';
import type { EnvironmentEvents, ExecutionEnvironment } from '../src/lambda/execution-environment';

const MINUTE_MS = 60_000;
const INIT_ERROR = { errorType: 'Error', errorMessage: 'The handler cannot be loaded' };
const unexpected = () => {
  throw new Error('The environment did not start.');
};

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Resolves after a time that passes only with `jest.advanceTimersByTimeAsync`. */
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Creates a pool of environments without threads. The first `failures` environments cannot load the handler. The process uses
 * `busyCores` cores.
 */
function createPool(limit = 1, { failures = 0, startLimit = limit, busyCores = 0 } = {}) {
  const environments: { terminate: jest.Mock }[] = [];
  const create = (events: EnvironmentEvents) => {
    const terminate = jest.fn(async () => events.onExit(started));
    const environment = { terminate, ended: Promise.resolve(), isStale: false };
    environments.push(environment);
    const started = environment as unknown as ExecutionEnvironment;
    const isBroken = environments.length <= failures;
    void Promise.resolve().then(() => {
      if (terminate.mock.calls.length > 0) return;
      if (isBroken) events.onInitFailed(started, INIT_ERROR);
      else events.onReady(started);
    });
    return started;
  };
  const pool = new EnvironmentPool({
    limit,
    startLimit,
    readCpuMs: () => performance.now() * busyCores,
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

describe('an execution environment that starts in advance', () => {
  it('runs the next invocation', async () => {
    const { pool, environments, invoke } = createPool(2);
    await pool.warm();
    await invoke();
    await invoke();
    expect(environments).toHaveLength(1);
  });

  it('starts only if there is no other environment', async () => {
    const { pool, environments, invoke } = createPool(2);
    await invoke();
    await pool.warm();
    await Promise.all([pool.warm(), pool.warm()]);
    expect(environments).toHaveLength(1);
  });

  it('runs an invocation that arrives while it starts', async () => {
    const { pool, environments, invoke } = createPool(2);
    await Promise.all([pool.warm(), invoke()]);
    expect(environments).toHaveLength(1);
  });

  it('ends after two minutes if it is not used', async () => {
    const { pool, environments } = createPool();
    await pool.warm();
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS - 1);
    expect(environments[0]?.terminate).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(environments[0]?.terminate).toHaveBeenCalledTimes(1);
  });

  it('may be idle for ten minutes after it has been used', async () => {
    const { pool, invoke } = createPool();
    await pool.warm();
    const used = await invoke();
    await jest.advanceTimersByTimeAsync(9 * MINUTE_MS);
    expect(used.terminate).not.toHaveBeenCalled();
  });

  it('starts again after a failure', async () => {
    const { pool, environments, invoke } = createPool(1, { failures: 1 });
    await pool.warm();
    await invoke();
    expect(environments).toHaveLength(2);
  });

  it('does not block the pool if it exits before it is ready', async () => {
    const { pool, environments } = createPool();
    const warmed = pool.warm();
    await pool.close(); // before it is ready
    await warmed;
    expect(environments[0]?.terminate).toHaveBeenCalledTimes(1);
  });

  it('does not start after the pool has closed', async () => {
    const { pool, environments } = createPool();
    await pool.close();
    await pool.warm();
    expect(environments).toHaveLength(0);
  });
});

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

  it('stays if it is used within ten minutes', async () => {
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

  it('ends after two minutes if there are more environments than cores', async () => {
    const { environments, invoke } = createPool(3, { startLimit: 1 });
    for (let i = 0; i < 3; i += 1) void invoke(sleep(1000));
    const count = () => environments.filter(({ terminate }) => terminate.mock.calls.length === 0).length;
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(count()).toBe(3);
    await jest.advanceTimersByTimeAsync(2 * MINUTE_MS);
    expect(count()).toBe(1);
    await jest.advanceTimersByTimeAsync(7 * MINUTE_MS);
    expect(count()).toBe(1);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(count()).toBe(0);
  });

  it('ends once when the pool closes', async () => {
    const { pool, invoke } = createPool();
    const first = await invoke();
    await pool.close();
    expect(jest.getTimerCount()).toBe(0);
    expect(first.terminate).toHaveBeenCalledTimes(1);
  });

  it('runs the next invocation if it was used last', async () => {
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

describe('an invocation that waits', () => {
  const never = new Promise<void>(() => undefined);

  it('starts an environment immediately while there are fewer environments than cores', async () => {
    const { environments, invoke } = createPool(4, { startLimit: 2 });
    await Promise.all([invoke(never), invoke(never)]);
    expect(environments).toHaveLength(2);
  });

  it('starts another environment after 250 ms', async () => {
    const { environments, invoke } = createPool(4, { startLimit: 2 });
    await Promise.all([invoke(never), invoke(never)]);
    const third = invoke(never);
    await jest.advanceTimersByTimeAsync(249);
    expect(environments).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1);
    await third;
    expect(environments).toHaveLength(3);
  });

  it('starts no other environment for two seconds while the process uses all cores', async () => {
    const { environments, invoke } = createPool(4, { startLimit: 2, busyCores: 1.6 });
    await Promise.all([invoke(never), invoke(never)]);
    void invoke(never);
    await jest.advanceTimersByTimeAsync(1999);
    expect(environments).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1);
    expect(environments).toHaveLength(3);
  });

  it('starts another environment after 250 ms while some cores are idle', async () => {
    const { environments, invoke } = createPool(4, { startLimit: 2, busyCores: 1.5 });
    await Promise.all([invoke(never), invoke(never)]);
    void invoke(never);
    await jest.advanceTimersByTimeAsync(250);
    expect(environments).toHaveLength(3);
  });

  it('starts no environment if another environment becomes idle in time', async () => {
    const { environments, invoke } = createPool(4, { startLimit: 1 });
    let finish = () => {};
    await invoke(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    const second = invoke();
    await jest.advanceTimersByTimeAsync(249);
    finish();
    await second;
    await jest.advanceTimersByTimeAsync(250);
    expect(environments).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(1); // the timer of the idle environment
  });

  it('never exceeds the limit', async () => {
    const { environments, invoke } = createPool(3, { startLimit: 1 });
    for (let i = 0; i < 4; i += 1) void invoke(never);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(environments).toHaveLength(3);
    expect(jest.getTimerCount()).toBe(0); // the fourth invocation is overdue
  });
});
