import fc from 'fast-check';
import { compileExpression } from '../src/states/jsonata/expression';
import { byteLength, toPlainJson } from '../src/states/jsonata/json';
import { evaluate, harness, only } from './support/states';

/** 2026-11-22T14:00:00.250Z */
const NOW = 1_795_356_000_250;
const SOURCES = { random: Math.random, now: () => NOW + 0.7 };

const failure = (cause: string) => ({
  error: 'States.QueryEvaluationError',
  cause: expect.stringContaining(cause),
});

describe('expressions', () => {
  it.each(['Output', 'Output/v', 'Output/a/b[1]'])(
    'fails if an expression returns undefined, and reports the field %s',
    async (field) => {
      const missing = '{% $states.input.missing %}';
      const Output = {
        Output: missing,
        'Output/v': { v: missing },
        'Output/a/b[1]': { a: { b: [1, missing] } },
      }[field];
      const record = await harness(only({ Type: 'Pass', Output })).run();
      expect(record.error).toBe('States.QueryEvaluationError');
      expect(record.cause).toBe(
        "An error occurred while executing the state 'Only' (entered at the event id #2). The JSONata expression " +
          `'$states.input.missing' specified for the field '${field}' returned nothing (undefined).`,
      );
    },
  );

  it('reports the first failure', async () => {
    const Output = { a: "{% 1 + 'x' %}", b: '{% $states.input.missing %}' };
    const record = await harness(only({ Type: 'Pass', Output })).run();
    expect(record.cause).toContain("'Output/a' threw an error during evaluation. T2002:");
  });

  it.each([
    ['$states.input.list', [1]],
    ['$states.input.empty', []],
    ['$states.input.rows.v', 7],
    ['$states.input.rows[].v', [7]],
    ['$states.input.rows.v[]', [7]],
    ['[$states.input.rows.v]', [7]],
    ['$states.input.none', null],
    ['$states.input.rows[v = 7]', { v: 7 }],
    ['$states.input.list[0]', 1],
  ])('follows JSONata’s rules for arrays of one element: %s', async (expression, value) => {
    expect(await evaluate(expression, { list: [1], empty: [], none: null, rows: [{ v: 7 }] })).toEqual(value);
  });

  it('returns plain arrays that the next state does not flatten', async () => {
    const record = await harness({
      StartAt: 'One',
      States: {
        One: {
          Type: 'Pass',
          Output: { v: '{% $states.input.rows.v[] %}' },
          Assign: { v: '{% $states.input.rows.v[] %}' },
          Next: 'Two',
        },
        Two: {
          Type: 'Succeed',
          Output: { v: '{% $states.input.v %}', w: '{% $v %}', n: '{% ($states.input).v %}' },
        },
      },
    }).run({ rows: [{ v: 7 }] });
    expect(record.output).toEqual({ v: [7], w: [7], n: [7] });
    const output = record.output as { v: unknown[] };
    expect(Object.keys(output.v)).toEqual(['0']);
  });

  it.each([
    '$states.input.a[]',
    '$append($states.input.a, 2)[]',
    '$states.input.a^(<$)',
    '$sort($states.input.a)',
    '$states.input ~> |$|{"b": 1}|',
    '$reverse($v)[]',
    '$v[]',
  ])('does not mutate the input of %s', async (source) => {
    const input = { a: [3] };
    const variables = { v: [1] };
    await compileExpression(source, SOURCES, false)({ states: { input }, variables }, 'Output');
    expect(input).toStrictEqual({ a: [3] });
    expect(Object.keys(input.a)).toEqual(['0']);
    expect(Object.keys(variables.v)).toEqual(['0']);
  });

  // docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html: JSONata 2.0.6
  it.each([
    ['$states.input.a ?? 1', '??'],
    ['1 + ($states.input.a ?: 1)', '?:'],
    ['$map([1], function($v){ $v ?? 2 })', '??'],
  ])('rejects an operator that JSONata 2.0.6 does not support: %s', (expression, operator) => {
    expect(() => compileExpression(expression, SOURCES, false)).toThrow(
      `Operator '${operator}' is not supported. Step Functions runs JSONata 2.0.6.`,
    );
  });

  it.each([
    ['$states.input.a ? $states.input.a : 1', 2],
    ['$exists($states.input.a) ? $states.input.a : 1', 2],
    ['$exists($states.input.b) ? 2 : 1', 1],
  ])('evaluates the condition %s', async (expression, value) => {
    expect(await evaluate(expression, { a: 2 })).toBe(value);
  });

  it.each([
    ['function($x){ $x }', 'a function'],
    ['{"f": $sum}', 'a function'],
    ['1/0', ''],
  ])('fails if the result is not JSON: %s', async (expression, cause) => {
    expect(await evaluate(expression)).toEqual(failure(cause));
  });

  it('fails at a recursion depth of 100, as on AWS', async () => {
    const ones = (count: number) => Array(count).fill('1').join('+');
    expect(await evaluate(ones(100))).toBe(100);
    expect(await evaluate(ones(101))).toEqual(failure('D1011'));
    expect(await evaluate('($f := function($n){ 1 + $f($n) }; $f(1))')).toEqual(failure('D1011'));
  });

  it.each([
    ['phone', "'phone' at the top level"],
    ['$map($states.input.a, function($v){ b })', "'b' at the top level"],
    ['$$.a', "'$$'"],
    ['$eval("1")', '$eval'],
    ['$states.errorOutput', '$states.errorOutput'],
    ['1 +', ''],
  ])('rejects %s, as Step Functions does', (source, message) => {
    expect(() => harness(only({ Type: 'Pass', Output: { v: `{% ${source} %}` } }))).toThrow(message);
    expect(() => harness(only({ Type: 'Pass', Output: { v: `{% ${source} %}` } }))).toThrow(
      /state 'Only': Output\/v: /,
    );
  });

  it.each([
    '$states.input.items[value > 3].{"k": value}',
    '$states.input.items^(value)',
    '$states.input.items{$string(value): value}',
    '$states.input ~> |items|{"x": value}|',
  ])('allows bare names in the context of an item: %s', async (source) => {
    expect(await evaluate(source, { items: [{ value: 4 }, { value: 5 }] })).not.toHaveProperty('error');
  });

  it.each([' {% 1 %}', '{% 1 %} ', '{% 1', '1 %}'])('rejects text outside the delimiters: %p', (Output) => {
    expect(() => harness(only({ Type: 'Pass', Output }))).toThrow('must start with {% and end with %}');
  });
});

describe('plain paths', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'toString', '__proto__');
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(1, 'x', true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  it('returns the same result as JSONata', async () => {
    await fc.assert(
      fc.asyncProperty(
        json,
        fc.array(names, { maxLength: 4 }),
        fc.boolean(),
        async (value, steps, variable) => {
          const path = [variable ? '$v' : '$states.input', ...steps.map((name) => `\`${name}\``)].join('.');
          const bindings = { states: { input: value }, variables: { v: value } };
          const outcome = async (source: string) => {
            try {
              return { value: await compileExpression(source, SOURCES, false)(bindings, 'Output') };
            } catch (error) {
              return { error: (error as { errorName?: string }).errorName };
            }
          };
          // The compiler does not treat a block expression as a plain path.
          expect(JSON.stringify(await outcome(path))).toBe(JSON.stringify(await outcome(`(${path})`)));
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });

  it('returns the value synchronously', () => {
    const compiled = compileExpression('$states.input.a.b', SOURCES, false);
    expect(compiled({ states: { input: { a: { b: [1] } } }, variables: {} }, 'Output')).toEqual([1]);
  });
});

describe('Step Functions’ JSONata functions', () => {
  it.each<[string, unknown]>([
    ['$partition([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([1, 2, 3], 10)', [[1, 2, 3]]],
    ['$partition([1], 1)', [[1]]],
    ['$partition([1, 2, 3, 4, 5], 2.9)', [[1, 2], [3, 4], [5]]],
    ['$partition([1, 2, 3])', [[1, 2, 3]]],
    ['[$partition([], 2)]', []],
    ['[$partition($states.input.none, 2)]', []],
    ['[$partition([1, 2, 3], 2)]', [[1, 2], [3]]],
    ['[$partition([1, 2], 2)]', [[1, 2]]],
    ['$exists($partition([], 2))', false],
    ['$exists($partition([1, 2, 3], 0))', false],
    ['$range(0, 9, 3)', [0, 3, 6, 9]],
    ['$range(1, -5, -2)', [1, -1, -3, -5]],
    ['$range(1, 9, 9)', 1],
    ['$range(-1.5, 2.5, 1)', [-1, 0, 1, 2]],
    ['$exists($range(3, 0, 1))', false],
    ['$exists($range(1, 5))', false],
    ['$exists($range(1, 10, 0.49))', false],
    ["$hash('input', 'SHA-1')", '140f86aae51ab9e1cda9b4254fe98a74eb54c1a1'],
    ["$hash('a', 'MD5')", '0cc175b9c0f1b6a831c399e269772661'],
    ["$exists($hash('a'))", false],
    ['$parse(\'{"a": [1]}\').a', [1]],
    ['$parse(\'{"a": [1]}\')', { a: [1] }],
    ['$exists($parse($states.input.none))', false],
    ['$random(42)', 0.7275636800328681],
    ['$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4/).index', 0],
  ])('evaluates %s', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });

  it.each([
    ['$partition([], 2)', 'returned nothing'],
    ['$partition([1, 2, 3], -1)', 'Second argument must be zero or greater'],
    ["$partition('not-array', 2)", 'Argument 1 of function "partition"'],
    ["$partition([1], '2')", 'Argument 2 of function "partition"'],
    ['$partition([1], 2, 99)', 'Argument 3 of function "partition"'],
    ['$range(1, 5, null)', 'Argument 3 of function "range"'],
    ['$range(1, 400000, 1)', 'memory limit exceeded'],
    ["$hash('a', 'sha-256')", "Hash algorithm 'sha-256' must be one of"],
    ["$hash(123, 'SHA-256')", 'Argument 1 of function "hash"'],
    ["$parse('{')", 'not valid JSON'],
    ['$parse(123)', 'Argument 1 of function "parse"'],
    ["$uuid('x')", 'Argument 1 of function "uuid"'],
    ["$random('seed')", 'Argument 1 of function "random"'],
  ])('rejects %s', async (expression, cause) => {
    expect(await evaluate(expression)).toEqual(failure(cause));
  });

  it('uses the injected source for $random()', async () => {
    const state = { Type: 'Pass', Output: '{% $random() %}' };
    expect((await harness(only(state), undefined, { random: () => 0.25 }).run()).output).toBe(0.25);
  });
});

describe('JSON', () => {
  it('measures sizes in UTF-8 bytes', () => {
    expect(byteLength('é')).toBe(4);
    expect(byteLength({ a: ['😀', 1, null] })).toBe(Buffer.byteLength('{"a":["😀",1,null]}'));
  });

  it('rejects circular values', () => {
    const loop: Record<string, unknown> = {};
    loop.loop = [loop];
    expect(() => toPlainJson(loop)).toThrow('nested');
  });

  it('does not copy plain values', () => {
    const value = { a: [{ b: 1 }] };
    expect(toPlainJson(value)).toBe(value);
  });
});
