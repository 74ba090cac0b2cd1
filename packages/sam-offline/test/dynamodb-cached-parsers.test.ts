import conditionParser from 'dynalite/db/conditionParser';
import { cacheParsed, type ParserContext } from '../src/dynamodb/engine/cached-parsers';

type Value = Record<string, unknown>;

function setUp() {
  let parsings = 0;
  const parse = cacheParsed((text, options) => {
    parsings += 1;
    return conditionParser.parse(text, options);
  });
  const run = (text: string, attrVals: Record<string, Value>, attrNames: Record<string, string> = {}) => {
    const unused = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, true]));
    const context = {
      ...{ attrNames, attrVals, unusedAttrNames: unused(attrNames), unusedAttrVals: unused(attrVals) },
      isReserved: () => false,
      compare: (_: 'GT', left: Value, right: Value) => Number(left.N) > Number(right.N),
    } satisfies ParserContext & { isReserved: unknown };
    const result = parse(text, { context });
    return { result, unused: Object.keys({ ...context.unusedAttrNames, ...context.unusedAttrVals }) };
  };
  return { run, parsings: () => parsings };
}

describe('cached parsers', () => {
  it('parses expressions once if only their values differ, and fills in the values', () => {
    const { run, parsings } = setUp();
    const first = run('#a = :v', { ':v': { N: '1' } }, { '#a': 'price' });
    const second = run('#a = :v', { ':v': { N: '2' } }, { '#a': 'price' });
    expect(parsings()).toBe(1);
    expect(JSON.stringify(second.result)).toBe(JSON.stringify(first.result).replace('"1"', '"2"'));
    expect(second.result).not.toBe(first.result);
  });

  it('reports names and values that a cached expression does not use', () => {
    const { run } = setUp();
    const call = () => run('#a = :v', { ':v': { N: '1' }, ':w': { N: '1' } }, { '#a': 'a', '#b': 'b' });
    expect(call().unused).toEqual(['#b', ':w']);
    expect(call().unused).toEqual(['#b', ':w']);
  });

  it.each<[string, Record<string, Value>, Record<string, Value>]>([
    [
      'a BETWEEN :low AND :high',
      { ':low': { N: '1' }, ':high': { N: '2' } },
      { ':low': { N: '2' }, ':high': { N: '1' } },
    ],
    ['attribute_type(a, :v)', { ':v': { S: 'N' } }, { ':v': { S: 'X' } }],
    ['begins_with(a, :v)', { ':v': { S: 'x' } }, { ':v': { N: '1' } }],
  ])('reports the errors of %s for every set of values', (text, valid, invalid) => {
    const { run } = setUp();
    run(text, valid);
    const { result } = run(text, invalid);
    expect(result).toEqual(setUp().run(text, invalid).result);
    expect(result).toMatch(/Incorrect operand|BETWEEN operator|Invalid attribute type/);
  });
});
