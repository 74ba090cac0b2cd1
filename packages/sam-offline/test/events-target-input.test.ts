import type { TargetInputModel } from '../src/events/model';
import { compileTargetInput } from '../src/events/target-input';
import { load } from './fixtures/template/load';

const EVENT = {
  version: '0',
  id: 'e1',
  'detail-type': 'State changed',
  source: 'app',
  resources: ['arn:1', 'arn:2'],
  detail: {
    'instance-id': 'i-0123456789',
    state: 'RUNNING',
    n: 5,
    tags: [{ k: 'a' }, { k: 'b' }],
    say: '"hi"\n',
  },
};

const CONTEXT = {
  ruleArn: 'arn:rule/example',
  ruleName: 'example',
  ingestedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
};

const create = (input: TargetInputModel | undefined) => compileTargetInput(input)(EVENT, CONTEXT);
const PATHS = {
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  n: '$.detail.n',
  tags: '$.detail.tags',
  keys: '$.detail.tags[*].k',
  second: '$.detail.tags[1].k',
  type: '$.detail-type',
  say: '$.detail.say',
  missing: '$.detail.missing',
};
const transform = (template: string) => create({ kind: 'transformer', paths: PATHS, template });

it('sends the event if the target has no input', () => {
  expect(create(undefined)).toBe(EVENT);
});

it('sends the constant in Input', () => {
  expect(create({ kind: 'constant', text: '{"a": [1]}' })).toEqual({ a: [1] });
});

it.each([
  ['$', EVENT],
  ['$.detail.state', 'RUNNING'],
  ['$.resources[1]', 'arn:2'],
  ['$.detail.tags[*].k', ['a', 'b']],
  ['$.detail-type', 'State changed'],
  ['$.detail.missing', null],
])('sends the value that InputPath %s selects', (path, expected) => {
  expect(create({ kind: 'path', path })).toEqual(expected);
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
describe('InputTransformer', () => {
  it.each([
    ['a string', '"instance <instance> is in <state>"', 'instance i-0123456789 is in RUNNING'],
    ['JSON', '{"instance": <instance>, "state": <state>}', { instance: 'i-0123456789', state: 'RUNNING' }],
    [
      'JSON with static values',
      '{"state": [9, <state>, true], "Transformed": "Yes"}',
      { state: [9, 'RUNNING', true], Transformed: 'Yes' },
    ],
    [
      'escaped quotes in a string',
      '{"status": "instance \\"<instance>\\" is in <state>"}',
      { status: 'instance "i-0123456789" is in RUNNING' },
    ],
    ['numbers, objects and arrays', '{"n": <n>, "tags": <tags>}', { n: 5, tags: [{ k: 'a' }, { k: 'b' }] }],
    ['a number in a string', '{"n": "no. <n>"}', { n: 'no. 5' }],
    ['an object in a string, without quotes', '"<tags>"', '[{k:a},{k:b}]'],
    ['wildcards and indexes', '{"keys": <keys>, "second": <second>}', { keys: ['a', 'b'], second: 'b' }],
    ['names with hyphens', '"<type>"', 'State changed'],
    ['quotes and line breaks in a value', '{"a": "<say>", "b": <say>}', { a: '"hi"\n', b: '"hi"\n' }],
    ['paths that select nothing', '{"a": "<missing>", "b": <missing>}', { a: '', b: '' }],
    ['lines of strings', '"<state>"\n"<n>"', '"RUNNING"\n"5"'],
    ['text without a variable', '"a < b"', 'a < b'],
    [
      'reserved variables',
      '{"arn": <aws.events.rule-arn>, "name": "<aws.events.rule-name> triggered", "at": <aws.events.event.ingestion-time>}',
      { arn: 'arn:rule/example', name: 'example triggered', at: '2026-01-02T03:04:05Z' },
    ],
    ['the event', '{"e": <aws.events.event.json>}', { e: EVENT }],
  ])('renders %s', (_, template, expected) => {
    expect(transform(template)).toEqual(expected);
  });

  it('omits the detail of <aws.events.event>', () => {
    const { detail: _, ...rest } = EVENT;
    expect(transform('<aws.events.event>')).toEqual(rest);
  });
});

describe('the input of a target in a template', () => {
  const rule = (target: string) => `
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [app] }
      Targets:
        - Id: q
          Arn: !GetAtt Queue.Arn
          ${target}
`;

  it.each<[string, TargetInputModel]>([
    ['Input: \'{"a": 1}\'', { kind: 'constant', text: '{"a": 1}' }],
    ['InputPath: $.detail', { kind: 'path', path: '$.detail' }],
    [
      "InputTransformer: { InputPathsMap: { a: $.detail.a }, InputTemplate: '<a>' }",
      { kind: 'transformer', paths: { a: '$.detail.a' }, template: '<a>' },
    ],
  ])('is %s', (target, input) => {
    const app = load(rule(target));
    expect(app.rules[0]?.targets[0]?.input).toEqual(input);
    expect(app.support.findings).toEqual([]);
  });

  it.each([
    ["Input: '{'", 'JSON syntax error in Input'],
    ['InputPath: $.a[?(@.b)]', 'Invalid JSONPath $.a[?(@.b)]'],
    ['InputPath: detail', 'Invalid JSONPath detail'],
    ["InputTransformer: { InputTemplate: '<a>' }", 'InputTemplate contains invalid placeholder a'],
    [
      "InputTransformer: { InputPathsMap: { aws.x: $.a }, InputTemplate: '1' }",
      'InputPathsMap: the name aws.x is reserved',
    ],
    ["InputTransformer: { InputTemplate: '' }", 'InputTemplate must have 1 to 8192 characters'],
    ["{ Input: '1', InputPath: $.a }", 'Only one of Input, InputPath, or InputTransformer'],
  ])('is rejected: %s', (target, message) => {
    const text = target.startsWith('{')
      ? rule('').replace(
          '- Id: q\n          Arn: !GetAtt Queue.Arn',
          `- { Id: q, Arn: !GetAtt Queue.Arn, ${target.slice(1)}`,
        )
      : rule(target);
    expect(() => load(text)).toThrow(message);
  });
});
