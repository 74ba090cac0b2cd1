import { StateMachine } from 'aws-local-stepfunctions';
import { harness } from './support/states';

/**
 * A documented result. Rows with JSONPath also run in aws-local-stepfunctions, an independent interpreter without JSONata.
 * `differs` is the reason why its result differs from the documented result.
 */
interface Row {
  readonly definition: object;
  readonly input?: unknown;
  readonly output?: unknown;
  /** The name of the error if the execution fails. */
  readonly error?: string;
  readonly differs?: string;
}

const only = (state: object) => ({ StartAt: 'Only', States: { Only: { End: true, ...state } } });
const pass = (fields: object) => only({ Type: 'Pass', ...fields });
const call = (expression: string) => pass({ Parameters: { 'value.$': expression } });
const value = (output: unknown) => ({ value: output });
const jsonata = (expression: string) => ({
  QueryLanguage: 'JSONata',
  ...only({ Type: 'Pass', Output: `{% ${expression} %}` }),
});
const choice = (rule: object) => ({
  StartAt: 'Choose',
  States: {
    Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    No: { Type: 'Pass', Result: 'no', End: true },
  },
});
const compare = (operator: string, operand: unknown, Variable = '$.v') =>
  choice({ Variable, [operator]: operand });

const BOOK = {
  store: {
    book: [
      { title: 'a', price: 8, tags: ['x', 'y'] },
      { title: 'b', price: 12, tags: [] },
      { title: 'c-d', price: 9, tags: ['z'] },
    ],
    'open-days': 6,
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
const INTRINSICS: Record<string, Row> = {
  'States.Array': { definition: call('States.Array($.Id)'), input: { Id: 123456 }, output: value([123456]) },
  'States.Array without arguments': { definition: call('States.Array()'), output: value([]) },
  'States.ArrayPartition': {
    definition: call('States.ArrayPartition($.inputArray,4)'),
    input: { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    output: value([[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
  },
  'States.ArrayContains': {
    definition: call('States.ArrayContains($.inputArray, $.lookingFor)'),
    input: { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9], lookingFor: 5 },
    output: value(true),
  },
  'States.ArrayContains with an object': {
    definition: call('States.ArrayContains($.a, $.b)'),
    input: { a: [{ x: 1, y: [2] }], b: { y: [2], x: 1 } },
    output: value(true),
  },
  'States.ArrayRange': { definition: call('States.ArrayRange(1, 9, 2)'), output: value([1, 3, 5, 7, 9]) },
  'States.ArrayRange downwards': {
    definition: call('States.ArrayRange(3, 1, -1)'),
    output: value([3, 2, 1]),
  },
  'States.ArrayRange of more than 1,000 elements': {
    definition: call('States.ArrayRange(1, 1001, 1)'),
    error: 'States.IntrinsicFailure',
    differs: 'it reports States.Runtime',
  },
  'States.ArrayGetItem': {
    definition: call('States.ArrayGetItem($.inputArray, $.index)'),
    input: { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9], index: 5 },
    output: value(6),
  },
  'States.ArrayLength': {
    definition: call('States.ArrayLength($.inputArray)'),
    input: { inputArray: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    output: value(9),
  },
  'States.ArrayUnique': {
    definition: call('States.ArrayUnique($.inputArray)'),
    input: { inputArray: [1, 2, 3, 3, 3, 3, 3, 3, 4] },
    output: value([1, 2, 3, 4]),
  },
  'States.Base64Encode': {
    definition: call('States.Base64Encode($.input)'),
    input: { input: 'Data to encode' },
    output: value('RGF0YSB0byBlbmNvZGU='),
  },
  'States.Base64Decode': {
    definition: call('States.Base64Decode($.base64)'),
    input: { base64: 'RGVjb2RlZCBkYXRh' },
    output: value('Decoded data'),
  },
  'States.Hash': {
    definition: call('States.Hash($.Data, $.Algorithm)'),
    input: { Data: 'input data', Algorithm: 'SHA-1' },
    output: value('aaff4a450a104cd177d28d18d74485e8cae074b7'),
  },
  'States.JsonMerge': {
    definition: call('States.JsonMerge($.json1, $.json2, false)'),
    input: {
      json1: { a: { a1: 1, a2: 2 }, b: 2 },
      json2: { a: { a3: 1, a4: 2 }, c: 3 },
    },
    output: value({ a: { a3: 1, a4: 2 }, b: 2, c: 3 }),
  },
  'States.StringToJson': {
    definition: call('States.StringToJson($.escapedJsonString)'),
    input: { escapedJsonString: '{"foo": "bar"}' },
    output: value({ foo: 'bar' }),
  },
  'States.StringToJson with invalid JSON': {
    definition: call("States.StringToJson('{')"),
    error: 'States.IntrinsicFailure',
    differs: 'it reports a syntax error of JavaScript',
  },
  'States.JsonToString': {
    definition: call('States.JsonToString($.unescapedJson)'),
    input: { unescapedJson: { foo: 'bar' } },
    output: value('{"foo":"bar"}'),
  },
  'States.MathAdd': {
    definition: call('States.MathAdd($.value1, $.step)'),
    input: { value1: 111, step: -1 },
    output: value(110),
  },
  'States.StringSplit': {
    definition: call('States.StringSplit($.inputString, $.splitter)'),
    input: { inputString: '1,2,3,4,5', splitter: ',' },
    output: value(['1', '2', '3', '4', '5']),
  },
  'States.StringSplit with several delimiters': {
    definition: call('States.StringSplit($.inputString, $.splitter)'),
    input: { inputString: 'This.is+a,test=string', splitter: '.+,=' },
    output: value(['This', 'is', 'a', 'test', 'string']),
    differs: 'it treats the second argument as one delimiter',
  },
  'States.Format': {
    definition: call("States.Format('Hello, my name is {}.', $.name)"),
    input: { name: 'Arnav' },
    output: value('Hello, my name is Arnav.'),
  },
  'States.Format of a number, a boolean and null': {
    definition: call("States.Format('{} {} {}', 1, true, null)"),
    output: value('1 true null'),
  },
  'States.Format with escapes': {
    definition: call("States.Format('\\'{}\\' \\{\\} \\\\', 1)"),
    output: value("'1' {} \\"),
    differs: 'it rejects the escapes',
  },
  'States.Format with too few values': {
    definition: call("States.Format('{} {}', 1)"),
    error: 'States.IntrinsicFailure',
    differs: 'it inserts undefined',
  },
  'nested calls': {
    definition: call(
      "States.Format('{}.{}', States.ArrayGetItem(States.StringSplit(States.ArrayGetItem(States.StringSplit($.arn, '/'), 2), '.'), 0), 'x')",
    ),
    input: { arn: 'arn:aws:imagebuilder:us-east-1:123:image-recipe/name/1.2' },
    output: value('1.x'),
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html */
const PATHS: Record<string, Row> = {
  'a member': { definition: pass({ InputPath: '$.a.b' }), input: { a: { b: 1 } }, output: 1 },
  'a member in brackets': {
    definition: pass({ InputPath: "$.a['b c']" }),
    input: { a: { 'b c': 1 } },
    output: 1,
  },
  'a member with a hyphen': { definition: pass({ InputPath: '$.store.open-days' }), input: BOOK, output: 6 },
  'an element': { definition: pass({ InputPath: '$.store.book[1].price' }), input: BOOK, output: 12 },
  'a wildcard': { definition: pass({ InputPath: '$.store.book[*].price' }), input: BOOK, output: [8, 12, 9] },
  'a slice': { definition: pass({ InputPath: '$.store.book[1:].price' }), input: BOOK, output: [12, 9] },
  'several elements': {
    definition: pass({ InputPath: '$.store.book[0,2].price' }),
    input: BOOK,
    output: [8, 9],
  },
  'a descendant': { definition: pass({ InputPath: '$..price' }), input: BOOK, output: [8, 12, 9] },
  'a filter': {
    definition: pass({ InputPath: '$.store.book[?(@.price < 10)].title' }),
    input: BOOK,
    output: ['a', 'c-d'],
  },
  'a filter with two conditions': {
    definition: pass({ InputPath: "$.store.book[?(@.price < 10 && @.title == 'a')].price" }),
    input: BOOK,
    output: [8],
  },
  'the context object': {
    definition: pass({ Parameters: { 'name.$': '$$.State.Name' } }),
    output: { name: 'Only' },
    differs: 'its caller supplies the context object',
  },
  'an array as the Parameters of a Pass state': {
    definition: pass({ Parameters: [1, { 'a.$': '$.x' }] }),
    input: { x: 2 },
    output: [1, { a: 2 }],
  },
  'a path that selects nothing in Parameters': {
    definition: call('$.missing'),
    error: 'States.Runtime',
    differs: 'it reports States.ParameterPathFailure, which AWS documents but does not report',
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html */
const DATA_FLOW: Record<string, Row> = {
  'InputPath null': { definition: pass({ InputPath: null }), input: { a: 1 }, output: {} },
  'OutputPath null': { definition: pass({ OutputPath: null }), input: { a: 1 }, output: {} },
  OutputPath: { definition: pass({ OutputPath: '$.a' }), input: { a: [1] }, output: [1] },
  Result: { definition: pass({ Result: { x: 1 } }), input: { a: 1 }, output: { x: 1 } },
  'ResultPath null': { definition: pass({ Result: 1, ResultPath: null }), input: { a: 1 }, output: { a: 1 } },
  'ResultPath inserts': {
    definition: pass({ Result: 1, ResultPath: '$.b.c' }),
    input: { a: 1 },
    output: { a: 1, b: { c: 1 } },
  },
  'ResultPath replaces': {
    definition: pass({ Result: 1, ResultPath: '$.a' }),
    input: { a: { b: 2 }, c: 3 },
    output: { a: 1, c: 3 },
  },
  'ResultPath inserts into the input, not into the value that InputPath selects': {
    definition: pass({ InputPath: '$.a', ResultPath: '$.copy' }),
    input: { a: 1 },
    output: { a: 1, copy: 1 },
  },
  'ResultPath of an input that is not an object': {
    definition: pass({ Result: 1, ResultPath: '$.a' }),
    input: 'text',
    error: 'States.ResultPathMatchFailure',
    differs: 'it reports an error of JavaScript',
  },
  Parameters: {
    definition: pass({
      InputPath: '$.a',
      Parameters: { literal: '$.b', 'path.$': '$.b', nested: { list: [{ 'deep.$': '$.b' }] } },
    }),
    input: { a: { b: 2 } },
    output: { literal: '$.b', path: 2, nested: { list: [{ deep: 2 }] } },
  },
  'Map with ItemsPath, ItemSelector, ResultSelector and ResultPath': {
    definition: only({
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'index.$': '$$.Map.Item.Index', 'item.$': '$$.Map.Item.Value', 'all.$': '$.x' },
      ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
      ResultSelector: { 'first.$': '$[0]', 'items.$': '$[*].item' },
      ResultPath: '$.r',
    }),
    input: { items: ['a', 'b'], x: 1 },
    output: {
      items: ['a', 'b'],
      x: 1,
      r: { first: { index: 0, item: 'a', all: 1 }, items: ['a', 'b'] },
    },
  },
  'Map with the former names': {
    definition: only({
      Type: 'Map',
      ItemsPath: '$.items',
      Parameters: { 'v.$': '$$.Map.Item.Value' },
      Iterator: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
    }),
    input: { items: [1, 2] },
    output: [{ v: 1 }, { v: 2 }],
  },
  Parallel: {
    definition: only({
      Type: 'Parallel',
      Parameters: { 'v.$': '$.a' },
      Branches: [
        { StartAt: 'P', States: { P: { Type: 'Pass', OutputPath: '$.v', End: true } } },
        { StartAt: 'Q', States: { Q: { Type: 'Pass', Result: 2, End: true } } },
      ],
      ResultPath: '$.r',
    }),
    input: { a: 1 },
    output: { a: 1, r: [1, 2] },
  },
  'Catch with ResultPath': {
    definition: {
      StartAt: 'Try',
      States: {
        Try: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Mine', Cause: 'because' } } }],
          Catch: [{ ErrorEquals: ['Mine'], ResultPath: '$.error', Next: 'After' }],
          OutputPath: '$.unused',
          End: true,
        },
        After: { Type: 'Pass', End: true },
      },
    },
    input: { a: 1 },
    output: { a: 1, error: { Error: 'Mine', Cause: 'because' } },
  },
  'Fail with ErrorPath and CausePath': {
    definition: {
      StartAt: 'F',
      States: { F: { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('c{}', $.c)" } },
    },
    input: { e: 'Mine', c: 1 },
    error: 'Mine',
    differs: 'it does not support the paths',
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html */
const CHOICES: Record<string, Row> = Object.fromEntries(
  (
    [
      ['StringEquals', 'a', 'a', 'yes'],
      ['StringEquals', 'a', 1, 'no'],
      ['StringLessThan', 'b', 'a', 'yes'],
      ['StringLessThan', 'a', 'a', 'no'],
      ['StringGreaterThan', 'a', 'b', 'yes'],
      ['StringGreaterThan', 'a', 'a', 'no'],
      ['StringLessThanEquals', 'a', 'a', 'yes'],
      ['StringGreaterThanEquals', 'a', 'a', 'yes'],
      ['StringMatches', 'log-*.txt', 'log-1.txt', 'yes'],
      ['StringMatches', 'log-*.txt', 'log-1xtxt', 'no'],
      ['StringMatches', 'a\\*', 'a*', 'yes'],
      ['StringMatches', 'a\\*', 'ab', 'no'],
      ['NumericEquals', 1, 1, 'yes'],
      ['NumericEquals', 1, '1', 'no'],
      ['NumericLessThan', 2, 1, 'yes'],
      ['NumericLessThan', 1, 1, 'no'],
      ['NumericGreaterThan', 1, 2, 'yes'],
      ['NumericGreaterThan', 1, 1, 'no'],
      ['NumericLessThanEquals', 1, 1, 'yes'],
      ['NumericGreaterThanEquals', 1, 1, 'yes'],
      ['NumericGreaterThanEquals', 1, 0, 'no'],
      ['BooleanEquals', true, true, 'yes'],
      ['BooleanEquals', false, true, 'no'],
      ['TimestampEquals', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', 'yes'],
      ['TimestampLessThan', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z', 'yes'],
      ['TimestampGreaterThan', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 'yes'],
      ['TimestampLessThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'yes'],
      ['TimestampGreaterThanEquals', '2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z', 'no'],
      ['IsNull', true, null, 'yes'],
      ['IsNull', true, 1, 'no'],
      ['IsPresent', true, null, 'yes'],
      ['IsNumeric', true, 1, 'yes'],
      ['IsNumeric', true, '1', 'no'],
      ['IsString', true, 'a', 'yes'],
      ['IsString', false, 'a', 'no'],
      ['IsBoolean', true, false, 'yes'],
      ['IsTimestamp', true, '2026-01-01T00:00:00Z', 'yes'],
      ['IsTimestamp', true, 'tomorrow', 'no'],
    ] as const
  ).map(([operator, operand, v, output]): [string, Row] => [
    `${operator} ${operand} with ${JSON.stringify(v)}`,
    { definition: compare(operator, operand), input: { v }, output },
  ]),
);

const PATH_CHOICES: Record<string, Row> = Object.fromEntries(
  (
    [
      ['StringEqualsPath', 'a', 'a', 'yes'],
      ['StringLessThanPath', 'b', 'a', 'yes'],
      ['StringGreaterThanPath', 'a', 'b', 'yes'],
      ['StringLessThanEqualsPath', 'a', 'a', 'yes'],
      ['StringGreaterThanEqualsPath', 'b', 'a', 'no'],
      ['NumericEqualsPath', 1, 2, 'no'],
      ['NumericLessThanPath', 2, 1, 'yes'],
      ['NumericGreaterThanPath', 1, 2, 'yes'],
      ['NumericLessThanEqualsPath', 1, 1, 'yes'],
      ['NumericGreaterThanEqualsPath', 1, 1, 'yes'],
      ['BooleanEqualsPath', true, true, 'yes'],
      ['TimestampEqualsPath', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'yes'],
      ['TimestampLessThanPath', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'no'],
      ['TimestampGreaterThanPath', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', 'yes'],
      ['TimestampLessThanEqualsPath', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'yes'],
      ['TimestampGreaterThanEqualsPath', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'yes'],
    ] as const
  ).map(([operator, other, v, output]): [string, Row] => [
    `${operator} of ${JSON.stringify(other)} with ${JSON.stringify(v)}`,
    { definition: compare(operator, '$.other'), input: { v, other }, output },
  ]),
);

const COMBINED_CHOICES: Record<string, Row> = {
  'IsPresent of a missing member': {
    definition: compare('IsPresent', false, '$.w'),
    input: {},
    output: 'yes',
    differs: 'its type tests never match if the operand is false',
  },
  'a comparison of a missing member': {
    definition: compare('StringEquals', 'a', '$.w'),
    input: {},
    error: 'States.Runtime',
    differs: 'it compares undefined',
  },
  And: {
    definition: choice({
      And: [{ Variable: '$.v', NumericGreaterThan: 1 }, { Not: { Variable: '$.v', NumericEquals: 3 } }],
    }),
    input: { v: 2 },
    output: 'yes',
  },
  'And with a false condition': {
    definition: choice({
      And: [
        { Variable: '$.v', NumericGreaterThan: 1 },
        { Variable: '$.v', NumericEquals: 3 },
      ],
    }),
    input: { v: 2 },
    output: 'no',
  },
  Or: {
    definition: choice({
      Or: [
        { Variable: '$.v', NumericEquals: 1 },
        { Variable: '$.v', NumericEquals: 2 },
      ],
    }),
    input: { v: 2 },
    output: 'yes',
  },
  Not: { definition: choice({ Not: { Variable: '$.v', IsString: true } }), input: { v: 'a' }, output: 'no' },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html */
const VARIABLES: Record<string, Row> = {
  'Assign in JSONPath states': {
    definition: {
      StartAt: 'Set',
      States: {
        Set: {
          Type: 'Pass',
          Result: { n: 1 },
          ResultPath: '$.r',
          Assign: { 'fromResult.$': '$.n', literal: [1] },
          Next: 'Get',
        },
        Get: {
          Type: 'Pass',
          Parameters: { 'a.$': '$fromResult', 'b.$': '$literal[0]', 'c.$': '$.r.n' },
          End: true,
        },
      },
    },
    output: { a: 1, b: 1, c: 1 },
    differs: 'it has no variables',
  },
  'Assign of a choice rule': {
    definition: {
      StartAt: 'Choose',
      States: {
        Choose: {
          Type: 'Choice',
          InputPath: '$.in',
          Choices: [{ Variable: '$.v', NumericEquals: 1, Assign: { 'x.$': '$.v' }, Next: 'Get' }],
        },
        Get: { Type: 'Pass', Parameters: { 'x.$': '$x', 'all.$': '$' }, End: true },
      },
    },
    input: { in: { v: 1 } },
    output: { x: 1, all: { v: 1 } },
    differs: 'it has no variables',
  },
  'a JSONata state in a JSONPath machine': {
    definition: {
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Parameters: { 'n.$': '$.n' }, Assign: { 'v.$': '$.n' }, Next: 'B' },
        B: { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $states.input.n + $v %}', End: true },
      },
    },
    input: { n: 2 },
    output: 4,
    differs: 'it does not support JSONata',
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
const JSONATA: Record<string, Row> = {
  $partition: { definition: jsonata('$partition([1,2,3,4], 3)'), output: [[1, 2, 3], [4]] },
  $range: { definition: jsonata('$range(0, 4, 2)'), output: [0, 2, 4] },
  $hash: {
    definition: jsonata("$hash('input data', 'SHA-1')"),
    output: 'aaff4a450a104cd177d28d18d74485e8cae074b7',
  },
  '$random with a seed': { definition: jsonata('$random(1) = $random(1)'), output: true },
  $uuid: { definition: jsonata('$length($uuid())'), output: 36 },
  $parse: { definition: jsonata(`$parse('{"foo": "bar"}')`), output: { foo: 'bar' } },
  '$states.input': { definition: jsonata('$states.input.a'), input: { a: 1 }, output: 1 },
  '$states.context': { definition: jsonata('$states.context.State.Name'), output: 'Only' },
  'the input without Output': {
    definition: { QueryLanguage: 'JSONata', ...pass({}) },
    input: [1],
    output: [1],
  },
  'text that is not an expression': {
    definition: { QueryLanguage: 'JSONata', ...pass({ Output: { a: '$x', b: ['{% 1 + 1 %}'] } }) },
    output: { a: '$x', b: [2] },
  },
  'functions of the standard': {
    definition: jsonata('$sum($states.input.n[$ > 1]) & "-" & $join($map($states.input.n, $string), ",")'),
    input: { n: [1, 2, 3] },
    output: '5-1,2,3',
  },
  Condition: {
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'Choose',
      States: {
        Choose: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.v > 2 %}', Next: 'No' },
            {
              Condition: '{% $states.input.v = 2 %}',
              Assign: { x: '{% $states.input.v * 2 %}' },
              Next: 'Yes',
            },
          ],
          Default: 'No',
        },
        Yes: { Type: 'Pass', Output: '{% $x %}', End: true },
        No: { Type: 'Pass', Output: 'no', End: true },
      },
    },
    input: { v: 2 },
    output: 4,
  },
  'Map with Items, ItemSelector and Output': {
    definition: {
      QueryLanguage: 'JSONata',
      ...only({
        Type: 'Map',
        Items: '{% $states.input.items %}',
        ItemSelector: {
          index: '{% $states.context.Map.Item.Index %}',
          item: '{% $states.context.Map.Item.Value %}',
          all: '{% $states.input.x %}',
        },
        ItemProcessor: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
        Output: { first: '{% $states.result[0] %}', items: '{% $states.result.item %}' },
      }),
    },
    input: { items: ['a', 'b'], x: 1 },
    output: { first: { index: 0, item: 'a', all: 1 }, items: ['a', 'b'] },
  },
  'Parallel with Arguments': {
    definition: {
      QueryLanguage: 'JSONata',
      ...only({
        Type: 'Parallel',
        Arguments: { v: '{% $states.input.a %}' },
        Branches: [
          { StartAt: 'P', States: { P: { Type: 'Pass', Output: '{% $states.input.v %}', End: true } } },
          { StartAt: 'Q', States: { Q: { Type: 'Pass', Output: 2, End: true } } },
        ],
        Output: { a: '{% $states.input.a %}', r: '{% $states.result %}' },
      }),
    },
    input: { a: 1 },
    output: { a: 1, r: [1, 2] },
  },
  'Catch with Output and Assign': {
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'Try',
      States: {
        Try: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Mine', Cause: 'because' } } }],
          Catch: [
            {
              ErrorEquals: ['Mine'],
              Assign: { name: '{% $states.errorOutput.Error %}' },
              Output: { cause: '{% $states.errorOutput.Cause %}', input: '{% $states.input %}' },
              Next: 'After',
            },
          ],
          End: true,
        },
        After: { Type: 'Pass', Output: { name: '{% $name %}', caught: '{% $states.input %}' }, End: true },
      },
    },
    input: { a: 1 },
    output: { name: 'Mine', caught: { cause: 'because', input: { a: 1 } } },
  },
  'Fail with expressions': {
    definition: {
      QueryLanguage: 'JSONata',
      StartAt: 'F',
      States: { F: { Type: 'Fail', Error: '{% $states.input.e %}', Cause: 'c' } },
    },
    input: { e: 'Mine' },
    error: 'Mine',
  },
  'an undefined result': { definition: jsonata('$states.input.x'), error: 'States.QueryEvaluationError' },
};

/** The independent interpreter includes the end number, so its result varies. */
const RANDOM: Record<string, Row> = {
  'States.MathRandom without the end number': {
    definition: call('States.MathRandom(7, 8)'),
    output: value(7),
  },
};

const JSONPATH = { ...INTRINSICS, ...PATHS, ...DATA_FLOW, ...CHOICES, ...PATH_CHOICES, ...COMBINED_CHOICES };

async function runHere({ definition, input = {} }: Row): Promise<unknown> {
  const record = await harness({ QueryLanguage: 'JSONPath', ...definition }).run(input);
  return record.status === 'SUCCEEDED' ? record.output : { failed: record.error };
}

async function runElsewhere({ definition, input = {} }: Row): Promise<unknown> {
  const machine = new StateMachine(JSON.parse(JSON.stringify(definition)), {
    validationOptions: { noValidate: true },
  } as never);
  try {
    return await machine.run(input as never).result;
  } catch (error) {
    return { failed: (error as Error).name };
  }
}

const expectedOf = ({ output, error }: Row) => (error === undefined ? output : { failed: error });

describe('documented results', () => {
  it.each(Object.entries({ ...JSONPATH, ...VARIABLES, ...RANDOM, ...JSONATA }))(
    'match %s',
    async (_, row) => {
      expect(await runHere(row)).toEqual(expectedOf(row));
    },
  );
});

describe('an independent interpreter', () => {
  const rows = Object.entries({ ...JSONPATH, ...VARIABLES });

  it.each(rows.filter(([, { differs }]) => differs === undefined))('agrees on %s', async (_, row) => {
    expect(await runElsewhere(row)).toEqual(expectedOf(row));
  });

  it.each(rows.filter(([, { differs }]) => differs !== undefined))('differs for %s', async (_, row) => {
    expect(await runElsewhere(row)).not.toEqual(expectedOf(row));
  });
});
