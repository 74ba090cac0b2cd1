import { UsageError } from '../../scripts/command-line';
import { parseComparison } from '../comparison/command';
import { DESIGNS } from '../comparison/designs';

const namesOf = (options: Parameters<typeof parseComparison>[0]) =>
  parseComparison(options).designs.map(({ name }) => name);

describe('parseComparison', () => {
  it('compares all designs by default', () => {
    expect(parseComparison({})).toEqual({
      designs: DESIGNS,
      sizes: [10, 100, 1000, 4000],
      rounds: 2,
      largeRounds: 1,
      rateRounds: 1,
      minutes: 10,
    });
  });

  it('measures little with --quick', () => {
    expect(parseComparison({ quick: true })).toMatchObject({ sizes: [10, 100], rounds: 1, rateRounds: 0 });
  });

  it('selects designs in the order of the tables, and sizes in ascending order', () => {
    expect(namesOf({ designs: 'broadcast,roomcast' })).toEqual(['roomcast', 'broadcast']);
    expect(parseComparison({ sizes: '500,20', rounds: '3' })).toMatchObject({ sizes: [20, 500], rounds: 3 });
  });

  it('adds another checkout as baseline', () => {
    expect(namesOf({ baseline: '/other' })).toEqual([...DESIGNS.map(({ name }) => name), 'baseline']);
    const [{ args } = { args: [] }] = parseComparison({ baseline: '/other', designs: 'baseline' }).designs;
    expect(args[0]).toBe('/other/packages/sam-offline/bin/sam-offline.js');
    expect(args).toContain('/other/template.yaml');
  });

  it.each([
    [{ designs: 'roomcast,other' }, 'Unknown design "other". Use some of: roomcast, '],
    [{ sizes: '10,x' }, '--sizes "x" is not a valid number. Use 1 to 9999.'],
    [{ sizes: '0' }, '--sizes "0"'],
    [{ minutes: '1.5' }, '--minutes "1.5"'],
    [{ rounds: '10000' }, '--rounds "10000"'],
  ])('rejects %j', (options, message) => {
    expect(() => parseComparison(options)).toThrow(UsageError);
    expect(() => parseComparison(options)).toThrow(message);
  });
});
