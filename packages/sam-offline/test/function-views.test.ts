import { describeFunctions } from '../src/records/function-views';
import { RunStore } from '../src/records/run-store';
import { functionModel } from './support/lambda';

describe('the view of a function', () => {
  it('summarizes the runs, latest first', () => {
    const store = new RunStore();
    const runs = [
      { requestId: 'a', time: 1, millis: 30.5, initMillis: 120.25, traceId: '1-5-a' },
      { requestId: 'b', time: 2, millis: 10, errorType: 'TypeError' },
      { requestId: 'c', time: 3, millis: 3000, errorType: 'Sandbox.Timedout' },
    ];
    for (const run of runs) store.add('f', run);
    const functions = [
      functionModel({ name: 'f', logicalId: 'F' }),
      functionModel({ name: 'g', logicalId: 'G' }),
    ];
    const [view, other] = describeFunctions(functions, (name) => store.list(name), {
      broken: ['G'],
      secrets: [],
    });
    expect(view).toMatchObject({
      isBroken: false,
      statistics: { runs: 3, errors: 2, coldStarts: 1, p50: 30.5, p95: 3000, max: 3000, initP50: 120.25 },
      runs: runs.reverse(),
    });
    expect(other).toMatchObject({ isBroken: true, statistics: { runs: 0, p50: 0, max: 0 }, runs: [] });
  });

  it('contains the latest 1,000 runs', () => {
    const store = new RunStore();
    for (let time = 0; time < 2500; time += 1) store.add('f', { requestId: `${time}`, time, millis: 1 });
    const runs = store.list('f');
    expect([runs.length, runs[0]?.time, runs.at(-1)?.time]).toEqual([1000, 1500, 2499]);
  });

  it.each([
    ['TABLE', 'orders', true],
    ['SECRET_ARN', 'arn:aws:secretsmanager:us-east-1:1:secret:s', true],
    ['JWT_SECRET', 'abc', false],
    ['DB_PASSWORD', 'abc', false],
    ['apiKey', 'abc', false],
    ['DATABASE', 'postgres://me:pass@host/db', false],
    ['DATABASE_URL', 'postgres://me:pass@host/db', false],
    ['SETTINGS', 'prefix-hunter2', false],
    ['SETTINGS_NAME', 'hunter2', false],
  ])('shows the value of the variable %s=%s: %s', (name, value, isShown) => {
    const functions = [functionModel({ environment: { [name]: value } })];
    const [view] = describeFunctions(functions, () => [], { broken: [], secrets: ['hunter2'] });
    expect(view?.environment).toEqual([isShown ? { name, value } : { name }]);
    expect(JSON.stringify(view).includes(value)).toBe(isShown);
  });
});
