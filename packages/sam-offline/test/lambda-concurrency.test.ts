import { Concurrency } from '../src/lambda/account-concurrency';
import { createOpener, createTestLambda, fn } from './support/lambda';

const open = createOpener();

// docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html and, for new accounts, gettingstarted-limits.html
describe('Lambda concurrency', () => {
  it('throttles invocations that exceed the quota of the account', async () => {
    const { invoke, call } = await open([fn('wait', 'basics.wait'), fn('echo', 'basics.echo')], {
      accountConcurrency: 2,
    });
    const throttled = {
      code: 'TooManyRequestsException',
      status: 429,
      fields: { Reason: 'ConcurrentInvocationLimitExceeded' },
    };
    const running = [invoke('wait', { millis: 20 }), invoke('echo')];
    await expect(invoke('echo')).rejects.toMatchObject(throttled);
    await expect(call({ FunctionName: 'stack-wait', Payload: {} })).rejects.toMatchObject(throttled);
    await Promise.all(running);
    expect(await invoke('echo', 1)).toEqual({ payload: 1 });
  });

  it('counts an invocation that waits for a thread only for the usual duration of an invocation', async () => {
    const { invoke } = await open([fn('wait', 'basics.wait')], {
      accountConcurrency: 3,
      maxThreadsPerFunction: 1,
    });
    await invoke('wait', { millis: 1 });
    const running = [600, 1, 1].map((millis) => invoke('wait', { millis }));
    await expect(invoke('wait')).rejects.toMatchObject({ status: 429 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    // On AWS, the waiting invocations would have ended by now.
    expect((await invoke('wait', { millis: 1 })).functionError).toBeUndefined();
    await Promise.all(running);
  });

  it('counts a waiting invocation of a new function only for the duration of a cold start', () => {
    const time = { now: 0 };
    const concurrency = new Concurrency(2, { concurrency: 'concurrency', rate: 'rate' }, () => time.now);
    const accept = () => concurrency.accept(() => undefined, false);
    const [first] = [accept(), accept()];
    expect(accept).toThrow('Rate Exceeded.');
    first.isRunning = true;
    time.now = 1_000;
    accept();
    expect(accept).toThrow('Rate Exceeded.');
  });

  it('keeps reserved concurrency available for its function', async () => {
    const reserved = fn('echo', 'basics.echo', { reservedConcurrency: 1 });
    const { invoke } = await open([fn('wait', 'basics.wait'), reserved], { accountConcurrency: 101 });
    const running = Array.from({ length: 100 }, () => invoke('wait', { millis: 1 }));
    await expect(invoke('wait')).rejects.toMatchObject({
      fields: { Reason: 'ConcurrentInvocationLimitExceeded' },
    });
    expect(await invoke('echo', 1)).toEqual({ payload: 1 });
    await Promise.all(running);
  });

  it.each([
    [1_000, 901, 100],
    [10, 1, 10],
  ])(
    'with a quota of %i, rejects a reserved concurrency of %i, as Lambda does',
    (accountConcurrency, reservedConcurrency, minimum) => {
      const functions = [fn('echo', 'basics.echo', { reservedConcurrency })];
      expect(() => createTestLambda(functions, { accountConcurrency })).toThrow(
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its " +
          `minimum value of [${minimum}].`,
      );
    },
  );

  it('uses a limited number of threads, and queues further invocations', async () => {
    const { invoke } = await open([fn('wait', 'basics.wait')], { maxThreadsPerFunction: 3 });
    const streams = new Set<unknown>();
    const invokeAtOnce = async () => {
      const results = await Promise.all(Array.from({ length: 12 }, () => invoke('wait', { millis: 100 })));
      for (const { payload } of results) streams.add(payload);
    };
    // The third thread starts when an invocation has waited for 250 ms. On a slow machine, this is too late for the first
    // invocations.
    for (let round = 0; round < 20 && streams.size < 3; round += 1) await invokeAtOnce();
    await invokeAtOnce();
    expect(streams.size).toBe(3);
  });

  it('throttles invocations that exceed ReservedConcurrentExecutions', async () => {
    const wait = fn('wait', 'basics.wait', { reservedConcurrency: 2 });
    const { invoke, call } = await open([wait], { maxThreadsPerFunction: 3 });
    const throttled = { code: 'TooManyRequestsException', status: 429 };
    const running = [invoke('wait', { millis: 20 }), invoke('wait', { millis: 20 })];
    await expect(invoke('wait')).rejects.toMatchObject(throttled);
    await expect(call({ FunctionName: 'stack-wait', Payload: {} })).rejects.toMatchObject(throttled);
    await Promise.race(running);
    expect((await invoke('wait', { millis: 1 })).functionError).toBeUndefined();
    await Promise.all(running);
  });

  it('throttles every invocation with a reserved concurrency of 0', async () => {
    const { invoke } = await open([fn('wait', 'basics.wait', { reservedConcurrency: 0 })]);
    await expect(invoke('wait')).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
  });

  describe('invocation rate', () => {
    const reasons = { concurrency: 'concurrency', rate: 'rate' };

    /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: ten per unit of concurrency */
    it('accepts ten synchronous invocations per second for each unit of concurrency', () => {
      const time = { now: 0 };
      const concurrency = new Concurrency(2, reasons, () => time.now);
      const invoke = () => concurrency.end(concurrency.accept(() => 1));
      for (let count = 0; count < 20; count += 1) invoke();
      const throttled = {
        code: 'TooManyRequestsException',
        status: 429,
        fields: { Reason: 'rate', Type: 'User' },
      };
      expect(invoke).toThrow(expect.objectContaining(throttled));
      time.now = 50;
      invoke();
      expect(invoke).toThrow(expect.objectContaining(throttled));
    });

    it('does not limit asynchronous invocations', () => {
      const concurrency = new Concurrency(1, reasons, () => 0);
      for (let count = 0; count < 50; count += 1) concurrency.end(concurrency.accept(() => 1, false));
    });

    it('does not count invocations that exceed the concurrency', () => {
      const concurrency = new Concurrency(1, reasons, () => 0);
      const first = concurrency.accept(() => undefined);
      for (let count = 0; count < 20; count += 1) {
        expect(() => concurrency.accept(() => 1)).toThrow(
          expect.objectContaining({ fields: expect.objectContaining({ Reason: 'concurrency' }) }),
        );
      }
      concurrency.end(first);
      concurrency.end(concurrency.accept(() => 1));
    });

    it('throttles a function that is invoked too often', async () => {
      const { invoke } = await open([fn('echo', 'basics.echo', { reservedConcurrency: 1 })]);
      const outcomes: unknown[] = [];
      // The rate allows one invocation every 100 ms, and each invocation takes less time.
      for (let count = 0; count < 200; count += 1) {
        outcomes.push(await invoke('echo').catch((error) => error.fields.Reason));
      }
      expect(outcomes).toContain('ReservedFunctionInvocationRateLimitExceeded');
    });
  });

  it('does not prevent close() from ending running invocations', async () => {
    const never = fn('never', 'failures.never');
    const { invoke, lines, lambda } = await open([never], { maxThreadsPerFunction: 1 });
    const results = [invoke('never'), invoke('never')];
    await lambda.close();
    for (const { functionError } of await Promise.all(results)) expect(functionError).toBe('Unhandled');
    expect(lines('platform').filter((line) => line.includes('exited'))).toEqual([]);
  });
});
