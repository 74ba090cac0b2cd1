import { createOpener, fn } from './support/lambda';

const open = createOpener();

describe('Lambda concurrency', () => {
  it('grows up to the limit and further invocations wait', async () => {
    const { invoke } = await open([fn('wait', 'basics.wait')], { maxConcurrencyPerFunction: 3 });
    const results = await Promise.all(Array.from({ length: 12 }, () => invoke('wait', { millis: 30 })));
    const streams = new Set(results.map(({ payload }) => payload));
    expect(streams.size).toBe(3);
  });

  it('is limited by ReservedConcurrentExecutions, which throttles further invocations', async () => {
    const wait = fn('wait', 'basics.wait', { reservedConcurrency: 2 });
    const { invoke, call } = await open([wait], { maxConcurrencyPerFunction: 3 });
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

  it('does not prevent close() from ending running invocations', async () => {
    const never = fn('never', 'failures.never');
    const { invoke, lines, lambda } = await open([never], { maxConcurrencyPerFunction: 1 });
    const results = [invoke('never'), invoke('never')];
    await lambda.close();
    for (const { functionError } of await Promise.all(results)) expect(functionError).toBe('Unhandled');
    expect(lines('platform').filter((line) => line.includes('exited'))).toEqual([]);
  });
});
