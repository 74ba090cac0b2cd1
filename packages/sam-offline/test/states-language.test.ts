import { functionError, harness, invoke, only } from './support/states';

const echo = ({ input }: { input: Record<string, unknown> }) => ({ StatusCode: 200, Payload: input.Payload });

describe('Pass, Succeed and Fail', () => {
  it('passes its input through without an Output', async () => {
    expect(await harness(only({ Type: 'Pass' })).run([1, { a: 2 }])).toMatchObject({
      status: 'SUCCEEDED',
      output: [1, { a: 2 }],
    });
  });

  it('evaluates expressions at any depth, but not in keys or partial matches', async () => {
    const Output = {
      '{% 1 %}': ['{% $states.input.x + 1 %}', 'a {% 1 % b', { deep: '{% [1, 2] %}' }],
      plain: null,
    };
    const record = await harness(only({ Type: 'Pass', Output })).run({ x: 4 });
    expect(record.output).toEqual({ '{% 1 %}': [5, 'a {% 1 % b', { deep: [1, 2] }], plain: null });
  });

  it('fails with the evaluated Error and Cause', async () => {
    const state = { Type: 'Fail', Error: '{% $states.input.e %}', Cause: 'because' };
    expect(await harness(only(state)).run({ e: 'Mine' })).toMatchObject({
      status: 'FAILED',
      error: 'Mine',
      cause: 'because',
    });
    const untyped = await harness(only(state)).run({ e: 3 });
    expect(untyped.error).toBe('States.QueryEvaluationError');
    expect(untyped.cause).toBe(
      "An error occurred while executing the state 'Only' (entered at the event id #2). The JSONata expression " +
        "'$states.input.e' specified for the field 'Error' returned an unexpected result type. Expected 'string', " +
        "but was 'number' for value: 3",
    );
  });

  it('fails without an error name or a cause', async () => {
    const record = await harness(only({ Type: 'Fail' })).run();
    expect(record.status).toBe('FAILED');
    expect(record).not.toHaveProperty('error');
    expect(record).not.toHaveProperty('cause');
  });
});

describe('Choice', () => {
  const definition = {
    StartAt: 'Choose',
    States: {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% $states.input.n > 10 %}', Next: 'End', Output: 'big', Assign: { by: 'first' } },
          { Condition: '{% $states.input.n > 5 %}', Next: 'End', Assign: { by: 'second' } },
        ],
        Default: 'End',
        Output: 'default',
        Assign: { by: 'default' },
      },
      End: { Type: 'Succeed', Output: { by: '{% $by %}', in: '{% $states.input %}' } },
    },
  };

  it.each([
    [20, { by: 'first', in: 'big' }],
    [7, { by: 'second', in: { n: 7 } }],
    [1, { by: 'default', in: 'default' }],
  ])('selects the first rule that matches and applies its Output and Assign: %p', async (n, output) => {
    expect((await harness(definition).run({ n })).output).toEqual(output);
  });

  it('fails if no rule matches and there is no Default', async () => {
    const state = { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Other' }] };
    const record = await harness({ StartAt: 'C', States: { C: state, Other: { Type: 'Succeed' } } }).run();
    expect(record.error).toBe('States.NoChoiceMatched');
  });

  it.each(['{% 1 %}', "{% 'true' %}", '{% null %}'])(
    'fails if a condition is not a boolean: %s',
    async (Condition) => {
      const states = {
        C: { Type: 'Choice', Choices: [{ Condition, Next: 'E' }], Default: 'E' },
        E: { Type: 'Succeed' },
      };
      const record = await harness({ StartAt: 'C', States: states }).run();
      expect(record.error).toBe('States.QueryEvaluationError');
      expect(record.cause).toContain("specified for the field 'Choices[0]/Condition'");
    },
  );
});

describe('Wait', () => {
  it.each([
    [{ Seconds: 3 }, 3000],
    [{ Seconds: '{% $states.input.s %}' }, 7000],
    [{ Timestamp: '2026-01-02T03:04:15Z' }, 10_000],
    [{ Timestamp: '{% $states.input.t %}' }, 1000],
    [{ Timestamp: '2026-01-02T03:04:05.999Z' }, 0],
    [{ Timestamp: '2020-01-01T00:00:00+09:00' }, 0],
  ])('waits %p', async (fields, millis) => {
    const { run, time } = harness(only({ Type: 'Wait', ...fields, Output: '{% $states.input.s %}' }));
    const record = await run({ s: 7, t: '2026-01-02T03:04:06.500Z' });
    expect(record.output).toBe(7);
    expect(record.stopDate - record.startDate).toBe(millis);
    expect(time.pending).toBe(0);
  });

  it.each([
    ['Seconds', -1],
    ['Seconds', 1.5],
    ['Seconds', '3'],
    ['Seconds', null],
    ['Timestamp', 1480973369],
    ['Timestamp', '2016-12-05 21:29:29Z'],
    ['Timestamp', '2016-12-05T21:29:29'],
    ['Timestamp', '2016-02-30T21:29:29Z'],
  ])('fails on %s %p', async (field, v) => {
    const record = await harness(only({ Type: 'Wait', [field]: '{% $states.input.v %}' })).run({ v });
    expect(record.error).toBe('States.QueryEvaluationError');
  });
});

describe('Assign', () => {
  it('evaluates all values and the Output with the previous variables', async () => {
    const record = await harness({
      StartAt: 'One',
      States: {
        One: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Swap' },
        Swap: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Output: '{% $a %}', Next: 'Read' },
        Read: { Type: 'Succeed', Output: '{% [$a, $b, $states.input] %}' },
      },
    }).run();
    expect(record.output).toEqual([2, 1, 1]);
  });

  it('keeps null values, and keeps variables across states that do not use them', async () => {
    const record = await harness({
      StartAt: 'One',
      States: {
        One: { Type: 'Pass', Assign: { nothing: '{% null %}', list: '{% [1] %}' }, Next: 'Two' },
        Two: { Type: 'Pass', Output: {}, Next: 'Three' },
        Three: {
          Type: 'Succeed',
          Output: { v: '{% $nothing %}', l: '{% $list %}', e: '{% $exists($nothing) %}' },
        },
      },
    }).run();
    expect(record.output).toEqual({ v: null, l: [1], e: true });
  });

  it('allows iterations to read outer variables, and isolates the variables of each iteration', async () => {
    const record = await harness({
      StartAt: 'Outer',
      States: {
        Outer: { Type: 'Pass', Assign: { factor: 10 }, Next: 'Each' },
        Each: {
          Type: 'Map',
          Items: [1, 2, 3],
          ItemProcessor: {
            StartAt: 'Inner',
            States: {
              Inner: { Type: 'Pass', Assign: { own: '{% $states.input * $factor %}' }, Next: 'Use' },
              Use: { Type: 'Pass', Output: '{% $own %}', End: true },
            },
          },
          Next: 'After',
        },
        After: { Type: 'Succeed', Output: { all: '{% $states.input %}', own: '{% $exists($own) %}' } },
      },
    }).run();
    expect(record.output).toEqual({ all: [10, 20, 30], own: false });
  });
});

describe('Map', () => {
  const square = {
    StartAt: 'Square',
    States: { Square: { Type: 'Pass', Output: '{% $states.input * $states.input %}', End: true } },
  };

  it('processes items and returns the results in order', async () => {
    const state = { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...square } };
    expect((await harness(only(state)).run([1, 2, 3])).output).toEqual([1, 4, 9]);
    expect((await harness(only(state)).run([])).output).toEqual([]);
  });

  it('applies ItemSelector to the index, the value and the Map’s input', async () => {
    const record = await harness(
      only({
        Type: 'Map',
        Items: '{% $states.input.items %}',
        ItemSelector: {
          index: '{% $states.context.Map.Item.Index %}',
          value: '{% $states.context.Map.Item.Value.v %}',
          all: '{% $states.input.extra %}',
        },
        ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
        Output: '{% $states.result %}',
      }),
    ).run({ items: [{ v: 'a' }, { v: 'b' }], extra: 9 });
    expect(record.output).toEqual([
      { index: 0, value: 'a', all: 9 },
      { index: 1, value: 'b', all: 9 },
    ]);
  });

  it('hides $states.context.Map from the states of the processor', async () => {
    const inside = { Type: 'Pass', Output: '{% $exists($states.context.Map) %}', End: true };
    const state = { Type: 'Map', ItemProcessor: { StartAt: 'P', States: { P: inside } } };
    expect((await harness(only(state)).run([1])).output).toEqual([false]);
  });

  it.each(['{% 1 %}', "{% 'text' %}", '{% {"a": 1} %}', '{% null %}'])(
    'fails if Items is not an array: %s',
    async (Items) => {
      const record = await harness(only({ Type: 'Map', Items, ItemProcessor: square })).run();
      expect(record.error).toBe('States.QueryEvaluationError');
      expect(record.cause).toContain(
        "specified for the field 'Items' returned an unexpected result type. Expected 'array'",
      );
    },
  );

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html: an integer or an expression, at most 40
  it.each([
    [3, 3],
    ['{% $states.input.width %}', 5],
    [0, 40],
    [100, 40],
    [undefined, 40],
  ])('limits concurrency for MaxConcurrency %p', async (MaxConcurrency, bound) => {
    let running = 0;
    let peak = 0;
    const { run } = harness(
      only({
        Type: 'Map',
        Items: '{% [1..120] %}',
        ...(MaxConcurrency === undefined ? {} : { MaxConcurrency }),
        ItemProcessor: { StartAt: 'T', States: { T: invoke({ End: true }) } },
      }),
      async (call) => {
        running += 1;
        peak = Math.max(peak, running);
        await new Promise(setImmediate);
        running -= 1;
        return echo(call);
      },
    );
    const record = await run({ width: 5 });
    expect(record.output).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    expect(peak).toBe(bound);
  });

  it.each([-1, 2.5, '3'])('fails on a MaxConcurrency of %p', async (width) => {
    const state = {
      Type: 'Map',
      Items: [1],
      MaxConcurrency: '{% $states.input.width %}',
      ItemProcessor: square,
    };
    expect((await harness(only(state)).run({ width })).error).toBe('States.QueryEvaluationError');
  });

  it('fails with the error of an iteration, and starts no more iterations', async () => {
    const { run, calls } = harness(
      only({
        Type: 'Map',
        Items: '{% [1..50] %}',
        MaxConcurrency: 2,
        ItemProcessor: { StartAt: 'T', States: { T: invoke({ End: true }) } },
      }),
      (call) => (call.input.Payload === 4 ? functionError('Bad') : echo(call)),
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'Bad' });
    expect(calls.length).toBeLessThan(10);
  });

  it('continues if an iteration catches its error', async () => {
    const { run } = harness(
      only({
        Type: 'Map',
        Items: [1, 2, 3],
        ItemProcessor: {
          StartAt: 'T',
          States: {
            T: invoke({ End: true, Catch: [{ ErrorEquals: ['States.ALL'], Output: null, Next: 'Caught' }] }),
            Caught: { Type: 'Pass', End: true },
          },
        },
      }),
      (call) => (call.input.Payload === 2 ? functionError('Bad') : echo(call)),
    );
    expect((await run()).output).toEqual([1, null, 3]);
  });
});

describe('Parallel', () => {
  const branch = (state: object) => ({ StartAt: Object.keys(state)[0], States: state });

  it('passes Arguments to every branch and collects their outputs', async () => {
    const record = await harness(
      only({
        Type: 'Parallel',
        Arguments: { x: '{% $states.input.v %}' },
        Branches: [
          branch({ A: { Type: 'Pass', Output: '{% $states.input.x + 1 %}', End: true } }),
          branch({ B: { Type: 'Pass', End: true } }),
        ],
        Output: { r: '{% $states.result %}' },
      }),
    ).run({ v: 1 });
    expect(record.output).toEqual({ r: [2, { x: 1 }] });
  });

  it('fails with the error of a branch and cancels the others', async () => {
    const { run, time } = harness({
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            branch({ Slow: { Type: 'Wait', Seconds: 100, End: true } }),
            branch({ Bad: { Type: 'Fail', Error: 'Bad', Cause: 'no' } }),
          ],
          Catch: [{ ErrorEquals: ['Bad'], Output: '{% $states.errorOutput %}', Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Succeed' },
      },
    });
    const record = await run();
    expect(record.output).toEqual({ Error: 'Bad', Cause: 'no' });
    expect(record.stopDate).toBe(record.startDate);
    expect(time.pending).toBe(0);
    expect(record.transitions).toMatchObject([
      { name: 'Both', type: 'Parallel', path: '', error: 'Bad' },
      { name: 'Slow', path: 'Both[0]/' },
      { name: 'Bad', path: 'Both[1]/', error: 'Bad' },
      { name: 'Caught', type: 'Succeed' },
    ]);
    expect(record.transitions[1]).not.toHaveProperty('exited');
  });
});

describe('$states.context', () => {
  it('contains the execution, the state machine and the state', async () => {
    const { run } = harness(only({ Type: 'Pass', Output: '{% $states.context %}' }));
    const record = await run({ x: 1 });
    expect(record.output).toEqual({
      Execution: {
        Id: record.executionArn,
        Input: { x: 1 },
        Name: record.name,
        RoleArn: 'arn:aws:iam::123456789012:role/MachineRole',
        StartTime: '2026-01-02T03:04:05.000Z',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine', Name: 'machine' },
      State: { EnteredTime: '2026-01-02T03:04:05.000Z', Name: 'Only', RetryCount: 0 },
    });
  });
});

it('numbers events like the execution history', async () => {
  const record = await harness(
    {
      StartAt: 'Pass',
      States: {
        Pass: { Type: 'Pass', Next: 'Task' },
        Task: invoke({ Next: 'Broken' }),
        Broken: { Type: 'Pass', Output: '{% $states.input.no %}', End: true },
      },
    },
    echo,
  ).run();
  // Events: 1 started, 2-3 Pass, 4-8 Task (entered, scheduled, started, succeeded, exited), 9 Broken entered.
  expect(record.cause).toContain("state 'Broken' (entered at the event id #9)");
});

it('does not block the event loop in a loop without waits', async () => {
  const { states, records } = harness({
    StartAt: 'Loop',
    States: {
      Loop: { Type: 'Pass', Next: 'Again' },
      Again: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }], Default: 'Loop' },
      End: { Type: 'Succeed' },
    },
  });
  const stateMachineArn = 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine';
  await states.call('StartExecution', { stateMachineArn }, {});
  for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
  await states.stop();
  expect(records).toMatchObject([{ status: 'ABORTED' }]);
  expect(records[0]?.transitions).toHaveLength(1000);
  expect(records[0]?.transitionsDropped).toBeGreaterThan(0);
});
