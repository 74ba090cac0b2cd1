import { AwsError } from '../src/core/service';
import { type Answer, functionError, harness, invoke, only } from './support/states';

/** Throws the given errors in order, then succeeds. */
function failing(...errors: (string | Error)[]): Answer {
  return () => {
    const error = errors.shift();
    if (error instanceof Error) throw error;
    return error === undefined ? { StatusCode: 200, Payload: 'ok' } : functionError(error);
  };
}

describe('Retry', () => {
  it('retries three times by default, after 1 second with a back-off rate of 2', async () => {
    const { run, time, calls } = harness(
      only(invoke({ Retry: [{ ErrorEquals: ['E'] }] })),
      failing('E', 'E', 'E', 'E'),
    );
    const record = await run();
    expect(record).toMatchObject({ status: 'FAILED', error: 'E' });
    expect(time.slept).toEqual([1000, 2000, 4000]);
    expect(calls).toHaveLength(4);
    expect(record.transitions).toMatchObject([{ name: 'Only', retries: 3, error: 'E' }]);
  });

  it('applies IntervalSeconds, BackoffRate, MaxDelaySeconds and MaxAttempts', async () => {
    const retry = {
      ErrorEquals: ['E'],
      IntervalSeconds: 2,
      BackoffRate: 3,
      MaxDelaySeconds: 10,
      MaxAttempts: 4,
    };
    const { run, time } = harness(only(invoke({ Retry: [retry] })), failing('E', 'E', 'E', 'E'));
    expect(await run()).toMatchObject({ status: 'SUCCEEDED', output: 'ok' });
    expect(time.slept).toEqual([2000, 6000, 10_000, 10_000]);
  });

  it('draws a delay with full jitter between zero and the back-off', async () => {
    const drawn = [0.5, 0.25, 0];
    const retry = { ErrorEquals: ['States.ALL'], IntervalSeconds: 4, JitterStrategy: 'FULL' };
    const { run, time } = harness(only(invoke({ Retry: [retry] })), failing('A', 'B', 'C'), {
      random: () => drawn.shift() ?? Number.NaN,
    });
    expect((await run()).output).toBe('ok');
    expect(time.slept).toEqual([2000, 2000, 0]);
  });

  it('counts attempts per retrier, and applies only the first matching retrier', async () => {
    const Retry = [
      { ErrorEquals: ['A'], IntervalSeconds: 1, MaxAttempts: 1 },
      { ErrorEquals: ['B'], IntervalSeconds: 5, MaxAttempts: 2, BackoffRate: 1 },
      { ErrorEquals: ['Never'], MaxAttempts: 0 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 9 },
    ];
    const mixed = harness(only(invoke({ Retry })), failing('B', 'A', 'B', 'A'));
    expect((await mixed.run()).error).toBe('A');
    expect(mixed.time.slept).toEqual([5000, 1000, 5000]);
    const never = harness(only(invoke({ Retry })), failing('Never'));
    expect((await never.run()).error).toBe('Never');
    expect(never.time.slept).toEqual([]);
  });

  it('sets RetryCount in the context', async () => {
    const state = invoke({
      Arguments: { FunctionName: 'fn', Payload: '{% $states.context.State.RetryCount %}' },
      Retry: [{ ErrorEquals: ['States.TaskFailed'] }],
      Output: '{% $states.context.State.RetryCount %}',
    });
    const { run, calls } = harness(only(state), failing('E', 'E'));
    expect((await run()).output).toBe(2);
    expect(calls.map(({ input }) => input.Payload)).toEqual([0, 1, 2]);
  });

  it('retries a Map state as a whole', async () => {
    const processor = { StartAt: 'T', States: { T: invoke({ End: true }) } };
    const map = { Type: 'Map', Items: [1], ItemProcessor: processor, Retry: [{ ErrorEquals: ['E'] }] };
    expect((await harness(only(map), failing('E')).run()).output).toEqual(['ok']);
  });
});

describe('Catch', () => {
  const caught = (more: object, errorEquals = ['States.ALL']) => ({
    StartAt: 'Try',
    States: {
      Try: invoke({ End: true, Catch: [{ ErrorEquals: errorEquals, Next: 'Caught', ...more }] }),
      Caught: {
        Type: 'Succeed',
        Output: { in: '{% $states.input %}', kept: '{% $exists($kept) ? $kept : null %}' },
      },
    },
  });

  it('outputs the error by default', async () => {
    const record = await harness(caught({}), failing('E')).run({ x: 1 });
    const Cause = JSON.stringify({ errorType: 'E', errorMessage: 'it broke' });
    expect(record.output).toEqual({ in: { Error: 'E', Cause }, kept: null });
    expect(record.transitions[0]).toMatchObject({ name: 'Try', error: 'E' });
  });

  it('evaluates its Output and Assign with errorOutput and the state’s input', async () => {
    const rule = {
      Output: { e: '{% $states.errorOutput.Error %}', x: '{% $states.input.x %}' },
      Assign: { kept: '{% $parse($states.errorOutput.Cause).errorMessage %}' },
    };
    const record = await harness(caught(rule), failing('E')).run({ x: 1 });
    expect(record.output).toEqual({ in: { e: 'E', x: 1 }, kept: 'it broke' });
  });

  it('applies after Retry', async () => {
    const definition = caught({});
    Object.assign(definition.States.Try, { Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }] });
    const { run, calls } = harness(definition, failing('E', 'E'));
    expect((await run()).status).toBe('SUCCEEDED');
    expect(calls).toHaveLength(2);
  });

  it('fails the state if its Output fails', async () => {
    const record = await harness(caught({ Output: '{% $states.input.no %}' }), failing('E')).run();
    expect(record.error).toBe('States.QueryEvaluationError');
    expect(record.cause).toContain("specified for the field 'Catch[0]/Output'");
  });

  it.each([
    ['States.TaskFailed', 'Mine', true],
    ['Mine', 'Mine', true],
    ['mine', 'Mine', false],
    ['Other', 'Mine', false],
  ])('a catcher with ErrorEquals %s catches %s: %s', async (errorEquals, error, holds) => {
    const record = await harness(caught({}, [errorEquals]), failing(error)).run();
    expect(record.status).toBe(holds ? 'SUCCEEDED' : 'FAILED');
  });

  it('catches an expression error before the task runs', async () => {
    const definition = caught({}, ['States.QueryEvaluationError']);
    Object.assign(definition.States.Try, { Arguments: { Payload: '{% $states.input.no %}' } });
    const { run, calls } = harness(definition);
    expect((await run()).status).toBe('SUCCEEDED');
    expect(calls).toEqual([]);
  });
});

// docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html and, for variables, workflow-variables.html
describe('data limits', () => {
  const big = 'x'.repeat(262_143);
  const catchAll = (errorEquals: string[]) => [{ ErrorEquals: errorEquals, Next: 'Caught', Output: {} }];
  const definition = (errorEquals: string[], more: object = {}) => ({
    StartAt: 'Try',
    States: {
      Try: invoke({ End: true, Catch: catchAll(errorEquals), ...more }),
      Caught: { Type: 'Succeed' },
    },
  });
  const answering = (Payload: unknown) => () => ({ StatusCode: 200, Payload });

  it.each([['States.ALL'], ['States.TaskFailed']])(
    '%s does not catch a result over 256 KiB',
    async (errorEquals) => {
      const record = await harness(definition([errorEquals]), answering(big)).run();
      expect(record).toMatchObject({
        status: 'FAILED',
        error: 'States.DataLimitExceeded',
        cause: `The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.`,
      });
    },
  );

  it.each([['States.ALL'], ['States.TaskFailed']])(
    '%s does not retry a result over 256 KiB',
    async (errorEquals) => {
      const { run, calls } = harness(
        definition(['None'], { Retry: [{ ErrorEquals: [errorEquals] }] }),
        answering(big),
      );
      expect((await run()).error).toBe('States.DataLimitExceeded');
      expect(calls).toHaveLength(1);
    },
  );

  it('catches a result over 256 KiB with States.DataLimitExceeded', async () => {
    const record = await harness(definition(['States.DataLimitExceeded']), answering(big)).run();
    expect(record.status).toBe('SUCCEEDED');
  });

  it('apply to arguments', async () => {
    const more = { Arguments: { Payload: "{% $pad('', 262140) %}" } };
    const { run, calls } = harness(definition(['States.ALL'], more));
    expect((await run()).error).toBe('States.DataLimitExceeded');
    expect(calls).toEqual([]);
  });

  it.each([
    [262_142, 'SUCCEEDED'],
    [262_143, 'FAILED'],
  ])('counts the quotes of a string: a string of %p bytes is %s', async (length, status) => {
    const record = await harness(only({ Type: 'Pass', Output: `{% $pad('', ${length}) %}` })).run();
    expect(record.status).toBe(status);
  });

  const quarter = { Type: 'Pass', Output: "{% $pad('', 66000) %}", End: true };
  const ownBranch = (index: number) => ({ StartAt: `P${index}`, States: { [`P${index}`]: quarter } });
  it.each([
    ['Map', (count: number) => ({ Items: `{% [1..${count}] %}`, ItemProcessor: ownBranch(0) })],
    ['Parallel', (count: number) => ({ Branches: Array.from({ length: count }, (_, i) => ownBranch(i)) })],
  ])('apply to the result of a %s, even if its Output is small', async (Type, fields) => {
    const run = (count: number) =>
      harness(only({ Type, ...fields(count), Output: '{% $count($states.result) %}' })).run();
    expect((await run(3)).output).toBe(3);
    expect(await run(4)).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'Only' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it('apply to the items of a Map', async () => {
    const map = (length: number) => ({
      Type: 'Map',
      Items: `{% [$pad('', ${length})] %}`,
      ItemSelector: 1,
      ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
    });
    // The limit includes two brackets and two quotes.
    expect((await harness(only(map(262_140))).run()).output).toEqual([1]);
    expect((await harness(only(map(262_141))).run()).error).toBe('States.DataLimitExceeded');
  });

  it('apply to the input of each Map iteration in UTF-8 bytes', async () => {
    const map = (length: number) => ({
      Type: 'Map',
      Items: [1],
      ItemSelector: `{% $pad('', ${length}, 'é') %}`,
      ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', Output: 1, End: true } } },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Only' }],
    });
    expect((await harness(only(map(131_071))).run()).output).toEqual([1]);
    expect((await harness(only(map(131_072))).run()).error).toBe('States.DataLimitExceeded');
  });

  it('counts the variables of an iteration only while it runs', async () => {
    const Assign = { own: '{% $states.context.Execution.Input %}' };
    const map = (MaxConcurrency: number) => ({
      Type: 'Map',
      Items: '{% [1..60] %}',
      MaxConcurrency,
      ItemProcessor: {
        StartAt: 'Keep',
        States: {
          Keep: { Type: 'Pass', Assign, Output: {}, Next: 'Stay' },
          Stay: { Type: 'Wait', Seconds: 1, Output: 1, End: true },
        },
      },
    });
    const text = 'x'.repeat(262_000);
    expect((await harness(only(map(30))).run(text)).status).toBe('SUCCEEDED');
    // The limit of 10 MiB allows 40 variables of this size.
    const many = {
      Type: 'Parallel',
      Branches: [map(30), map(30)].map((state, index) => branchOf(state, index)),
    };
    expect((await harness(only(many)).run(text)).error).toBe('States.DataLimitExceeded');
  });

  it('apply to the variables of one Assign and of an execution', async () => {
    const text = 'x'.repeat(250_000);
    const half = "{% $pad('', 140000) %}";
    const twice = await harness(only({ Type: 'Pass', Assign: { a: half, b: half } })).run();
    expect(twice.error).toBe('States.DataLimitExceeded');
    const loop = {
      StartAt: 'Add',
      States: {
        Add: { Type: 'Pass', Assign: { a: '{% $states.context.Execution.Input %}' }, Next: 'Again' },
        Again: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input = 50 %}', Next: 'End' }],
          Default: 'Add',
          Output: '{% $type($states.input) = "number" ? $states.input + 1 : 1 %}',
        },
        End: { Type: 'Succeed' },
      },
    };
    expect((await harness(loop).run(text)).status).toBe('SUCCEEDED');
    const names = Array.from({ length: 45 }, (_, index) => `v${index}`);
    const many = Object.fromEntries(
      names.map((name, index) => [
        name,
        {
          Type: 'Pass',
          Assign: { [name]: '{% $states.context.Execution.Input %}' },
          Output: {},
          Next: names[index + 1] ?? 'End',
        },
      ]),
    );
    const record = await harness({ StartAt: 'v0', States: { ...many, End: { Type: 'Succeed' } } }).run(text);
    expect(record.error).toBe('States.DataLimitExceeded');
  });
});

/** Creates a branch with one Map. State names must be unique, so the function adds the index to them. */
function branchOf(state: object, index: number): object {
  const renamed = JSON.stringify({ StartAt: 'Map', States: { Map: { ...state, End: true } } });
  return JSON.parse(
    renamed.replace(/"(Map|Keep|Stay)"(?=[,}:])/g, (match, name: string, offset: number) =>
      renamed.slice(offset - 7, offset) === '"Type":' ? match : `"${name}${index}"`,
    ),
  );
}

describe('timeouts', () => {
  const never = () => new Promise(() => undefined);
  const guarded = (TimeoutSeconds: unknown, ErrorEquals: string[]) => ({
    StartAt: 'Try',
    States: {
      Try: invoke({
        TimeoutSeconds,
        End: true,
        Catch: [{ ErrorEquals, Output: '{% $states.errorOutput %}', Next: 'Caught' }],
      }),
      Caught: { Type: 'Succeed' },
    },
  });

  it.each([5, '{% $states.input.t %}'])(
    'fails a Task with States.Timeout after TimeoutSeconds %p',
    async (limit) => {
      const { run } = harness(guarded(limit, ['States.ALL']), never);
      const record = await run({ t: 5 });
      expect(record.output).toEqual({ Error: 'States.Timeout' });
      expect(record.stopDate - record.startDate).toBe(5000);
    },
  );

  it('do not match States.TaskFailed', async () => {
    expect(await harness(guarded(5, ['States.TaskFailed']), never).run()).toMatchObject({
      status: 'FAILED',
      error: 'States.Timeout',
    });
  });

  it('clears the timer when the task succeeds', async () => {
    const { run, time } = harness(guarded(5, ['States.ALL']), failing());
    expect((await run()).output).toBe('ok');
    expect(time.pending).toBe(0);
  });

  it.each([0, 1.5, '5'])('rejects a TimeoutSeconds of %p', async (t) => {
    const record = await harness(guarded('{% $states.input.t %}', ['None']), never).run({ t });
    expect(record.error).toBe('States.QueryEvaluationError');
  });

  // docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
  it.each([
    [{}, 300],
    [{ TimeoutSeconds: 20 }, 20],
    [{ TimeoutSeconds: 1000 }, 300],
  ])('ends an Express execution with %p after %p seconds', async (more, seconds) => {
    const { run, time } = harness({ ...only({ Type: 'Wait', Seconds: 5000 }), ...more });
    const record = await run();
    expect(record).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(record.stopDate - record.startDate).toBe(seconds * 1000);
    expect(time.pending).toBe(0);
  });
});

describe('States.Runtime', () => {
  it('is the error of an unsupported call, and is neither retried nor caught', async () => {
    const { UnsupportedError } =
      jest.requireActual<typeof import('../src/core/service')>('../src/core/service');
    const state = invoke({
      Retry: [{ ErrorEquals: ['States.ALL'] }],
      Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'Only' }],
    });
    const { run, calls } = harness(only(state), failing(new UnsupportedError('not supported')));
    expect(await run()).toMatchObject({ error: 'States.Runtime', cause: 'not supported' });
    expect(calls).toHaveLength(1);
  });

  it('does not replace the errors of an API', async () => {
    const record = await harness(
      only(invoke()),
      failing(new AwsError('TooManyRequestsException', 'slow', 429)),
    ).run();
    expect(record.error).toBe('Lambda.TooManyRequestsException');
  });
});

describe('onStateFailed', () => {
  it('receives caught and uncaught errors after the retries', async () => {
    const onStateFailed = jest.fn();
    const definition = {
      StartAt: 'First',
      States: {
        First: invoke({
          Retry: [{ ErrorEquals: ['Retried'], MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['Caught'], Next: 'Last' }],
          Next: 'Last',
        }),
        Last: { Type: 'Fail', Error: 'Final', Cause: 'on purpose' },
      },
    };
    const { run } = harness(definition, failing('Retried', 'Caught'), { onStateFailed });
    const { startDate, status } = await run();
    expect(status).toBe('FAILED');
    const time = startDate + 1000;
    expect(onStateFailed.mock.calls).toEqual([
      [{ name: 'First', path: '', time, error: 'Caught', cause: expect.any(String) }],
      [{ name: 'Last', path: '', time, error: 'Final', cause: 'on purpose' }],
    ]);
  });
});
