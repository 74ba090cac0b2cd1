import type { JsonObject } from '../src/core/service';
import { matchesPattern } from '../src/events';

// docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

/** Matches the value of one field against a list of alternatives. */
const matchesField = (values: unknown[], value: unknown) =>
  matchesPattern({ detail: { f: values } }, { detail: { f: value } });

describe('event patterns: values', () => {
  it.each<[string, unknown[], unknown[], unknown[]]>([
    ['exact string', ['a', 'b'], ['a', 'b'], ['A', 'ab', '', null, 1]],
    ['exact number', [300], [300, 3.0e2], ['300', 301]],
    ['exact boolean', [true], [true], ['true', false, 1]],
    ['null', [null], [null], ['null', '', 0]],
    ['empty string', [''], [''], [null, 'a']],
    ['prefix', [{ prefix: 'us-' }], ['us-', 'us-east-1'], ['US-x', 'eu-us-', 5, null]],
    [
      'prefix, ignoring case',
      [{ prefix: { 'equals-ignore-case': 'EventB' } }],
      ['eventbridge', 'EVENTB'],
      ['event'],
    ],
    ['suffix', [{ suffix: '.png' }], ['a.png', '.png'], ['a.PNG', 'png.a']],
    ['suffix, ignoring case', [{ suffix: { 'equals-ignore-case': '.PNG' } }], ['a.png', 'a.PnG'], ['a.pn']],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'alice' }], ['Alice', 'ALICE'], ['alic', 1]],
    ['anything-but string', [{ 'anything-but': 'x' }], ['y', '', null, 1], ['x']],
    ['anything-but strings', [{ 'anything-but': ['x', 'y'] }], ['z', 1], ['x', 'y']],
    ['anything-but number', [{ 'anything-but': 123 }], [124, '123'], [123]],
    ['anything-but numbers', [{ 'anything-but': [1, 2] }], [3], [1, 2]],
    ['anything-but prefix', [{ 'anything-but': { prefix: 'init' } }], ['running'], ['init', 'initializing']],
    ['anything-but prefixes', [{ 'anything-but': { prefix: ['a', 'b'] } }], ['c'], ['ax', 'bx']],
    ['anything-but suffix', [{ 'anything-but': { suffix: '.png' } }], ['a.gif'], ['a.png']],
    ['anything-but suffixes', [{ 'anything-but': { suffix: ['.png', '.gif'] } }], ['a'], ['a.png', 'a.gif']],
    [
      'anything-but, ignoring case',
      [{ 'anything-but': { 'equals-ignore-case': ['x', 'y'] } }],
      ['z'],
      ['X', 'y'],
    ],
    [
      'anything-but string, ignoring case',
      [{ 'anything-but': { 'equals-ignore-case': 'initializing' } }],
      ['running', 1],
      ['INITIALIZING', 'initializing'],
    ],
    ['anything-but wildcard', [{ 'anything-but': { wildcard: '*/lib/*' } }], ['a/b'], ['a/lib/b']],
    [
      'anything-but wildcards',
      [{ 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } }],
      ['a/b'],
      ['a/lib/b', 'a/bin/b'],
    ],
    ['numeric =', [{ numeric: ['=', 5] }], [5, 5.0], [4, '5']],
    ['numeric <', [{ numeric: ['<', 5] }], [4.9], [5]],
    ['numeric <=', [{ numeric: ['<=', 5] }], [5], [5.1]],
    ['numeric >', [{ numeric: ['>', 5] }], [5.1], [5]],
    ['numeric >=', [{ numeric: ['>=', 5] }], [5, 6], [4.9]],
    ['numeric range, including the bottom', [{ numeric: ['>=', 0, '<', 5] }], [0, 4.9], [-0.1, 5]],
    ['numeric range', [{ numeric: ['>', 0, '<=', 5] }], [0.1, 5], [0, 5.1, '3', null]],
    ['cidr', [{ cidr: '10.0.0.0/24' }], ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', 'x', 10, '::1']],
    ['cidr for IPv6', [{ cidr: '2001:db8::/32' }], ['2001:db8::1'], ['2001:db9::1', '10.0.0.1']],
    ['exists: true', [{ exists: true }], ['', null, 0, false], [{ a: 1 }, []]],
    ['exists: false', [{ exists: false }], [{ a: 1 }, []], ['', null, 0]],
    [
      'wildcard',
      [{ wildcard: 'dir/*.png' }],
      ['dir/a.png', 'dir/.png', 'dir/\n.png'],
      ['dir/a.gif', 'x/dir/a.png', 'dir/aXpng'],
    ],
    ['several wildcards', [{ wildcard: '*a*b*' }], ['ab', 'xaxbx'], ['ba']],
    ['escaped wildcards', [{ wildcard: 'a\\*\\\\*' }], ['a*\\', 'a*\\x'], ['ab\\', 'a*']],
    [
      'alternatives with different operators',
      ['a', { prefix: 'b' }, { numeric: ['>', 3] }],
      ['a', 'bc', 4],
      ['c', 3],
    ],
  ])('evaluates the pattern: %s', (_, pattern, matching, others) => {
    for (const value of matching) expect([value, matchesField(pattern, value)]).toEqual([value, true]);
    for (const value of others) expect([value, matchesField(pattern, value)]).toEqual([value, false]);
  });

  it('matches an absent field only with exists: false', () => {
    const event = { detail: { other: 1 } };
    for (const value of ['a', null, { prefix: '' }, { 'anything-but': 'a' }, { exists: true }]) {
      expect(matchesPattern({ detail: { f: [value] } }, event)).toBe(false);
    }
    expect(matchesPattern({ detail: { f: [{ exists: false }] } }, event)).toBe(true);
    expect(matchesPattern({ detail: { f: { g: [{ exists: false }] } } }, event)).toBe(true);
  });

  it('does not match inherited properties', () => {
    expect(matchesPattern({ detail: { constructor: { name: [{ exists: true }] } } }, { detail: {} })).toBe(
      false,
    );
  });
});

describe('event patterns: structure', () => {
  it.each<[string, JsonObject, JsonObject, boolean]>([
    ['requires all fields to match', { a: [1], b: [2] }, { a: 1, b: 2, c: 3 }, true],
    ['fails if one field does not match', { a: [1], b: [2] }, { a: 1, b: 3 }, false],
    ['matches an array by any element', { a: [1, 2] }, { a: [5, 2] }, true],
    ['fails if no element matches', { a: [1, 2] }, { a: [5, 6] }, false],
    ['flattens nested arrays', { a: [1] }, { a: [[5], [[1]]] }, true],
    ['matches an object in an array', { a: { n: ['Anna'] } }, { a: [{ n: 'John' }, { n: 'Anna' }] }, true],
    [
      'does not combine fields of different elements',
      { a: { n: ['Anna'], l: ['Jones'] } },
      {
        a: [
          { n: 'Anna', l: 'Smith' },
          { n: 'Peter', l: 'Jones' },
        ],
      },
      false,
    ],
    [
      'exists: false requires the field to be absent from all elements',
      { a: { x: [{ exists: false }] } },
      { a: [{ x: 1 }, { y: 1 }] },
      false,
    ],
    ['exists: false matches an empty array', { a: { x: [{ exists: false }] } }, { a: [] }, true],
    ['does not match a value against an object pattern', { a: { b: [1] } }, { a: 1 }, false],
    ['does not match an object against a value pattern', { a: [1] }, { a: { b: 1 } }, false],
  ])('%s', (_, pattern, event, expected) => {
    expect(matchesPattern(pattern, event)).toBe(expected);
  });

  const or = {
    source: ['s'],
    $or: [{ metric: ['m'] }, { type: ['t'], $or: [{ id: [1] }, { space: [2] }] }],
  };
  it.each<[JsonObject, boolean]>([
    [{ source: 's', metric: 'm' }, true],
    [{ source: 's', type: 't', space: 2 }, true],
    [{ source: 's', type: 't', space: 3 }, false],
    [{ source: 's', type: 't' }, false],
    [{ source: 'x', metric: 'm' }, false],
  ])('evaluates a nested $or: %j', (event, expected) => {
    expect(matchesPattern(or, event)).toBe(expected);
  });

  it('treats an object named $or as a field', () => {
    expect(matchesPattern({ $or: { a: [1] } }, { $or: { a: 1 } })).toBe(true);
  });
});

describe('event patterns: validation', () => {
  it.each<[unknown, string]>([
    [[], 'Filter is not an object'],
    [{}, 'Empty objects are not allowed'],
    [{ a: {} }, 'Empty objects are not allowed'],
    [{ a: [] }, 'Empty arrays are not allowed'],
    [{ a: 'x' }, '"a" must be an object or an array'],
    [{ a: [['x']] }, 'Match value must be String, number, true, false, or null'],
    [{ a: [{ contains: 'x' }] }, 'Unrecognized match type contains'],
    [{ a: [{ toString: 'x' }] }, 'Unrecognized match type toString'],
    [{ a: [{}] }, 'Match expression name not found'],
    [{ a: [{ prefix: 'x', suffix: 'y' }] }, 'Only one key allowed in match expression'],
    [{ a: [{ prefix: 5 }] }, 'prefix match pattern must be a string'],
    [{ a: [{ prefix: { wildcard: '*' } }] }, 'Unsupported prefix pattern: wildcard'],
    [{ a: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
    [{ a: [{ cidr: '10.0.0.0' }] }, 'Malformed CIDR'],
    [{ a: [{ cidr: '10.0.0.0/33' }] }, 'Malformed CIDR'],
    [{ a: [{ numeric: 5 }] }, 'Value of numeric must be an array.'],
    [{ a: [{ numeric: ['!', 5] }] }, 'Unrecognized numeric range operator: !'],
    [{ a: [{ numeric: ['>', '5'] }] }, 'Value of numeric must be a number'],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, 'Bottom must be less than top'],
    [{ a: [{ numeric: ['=', 5, '<', 6] }] }, 'Too many elements in numeric expression'],
    [{ a: [{ numeric: ['>', 6e9] }] }, 'Value must be between'],
    [{ a: [{ wildcard: 'a**b' }] }, 'Consecutive wildcard characters at pos 1'],
    [{ a: [{ wildcard: 'a\\b' }] }, 'Invalid escape character at pos 1'],
    [
      { a: [{ 'anything-but': [1, 'x'] }] },
      'Inside anything-but list, either all values are number or string',
    ],
    [{ a: [{ 'anything-but': null }] }, 'Inside anything-but list, either all values are number or string'],
    [{ a: [{ 'anything-but': [] }] }, 'Empty arrays are not allowed'],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ a: [{ 'anything-but': { exists: true } }] }, 'Unsupported anything-but pattern: exists'],
    [{ $or: [{ a: [1] }] }, 'Unrecognized match type a'],
  ])('rejects %j', (pattern, reason) => {
    expect(() => matchesPattern(pattern, {})).toThrow(
      expect.objectContaining({
        code: 'InvalidEventPatternException',
        message: expect.stringContaining(`Event pattern is not valid. Reason: ${reason}`),
      }),
    );
  });
});
