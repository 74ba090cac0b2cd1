import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { UsageError } from '../../scripts/command-line';
import { root } from '../../testbed/template';
import { parseComparison } from '../comparison/command';
import { createBaseline, DESIGNS } from '../comparison/designs';

const namesOf = (options: Parameters<typeof parseComparison>[0]) =>
  parseComparison(options).designs.map(({ name }) => name);

describe('parseComparison', () => {
  it('compares all designs by default', () => {
    expect(parseComparison({})).toEqual({
      designs: DESIGNS,
      sizes: [10, 100, 1000, 4000],
      rounds: 2,
      largeRounds: 1,
      roomSizes: [10, 20],
      minutes: 30,
    });
  });

  it('selects few measurements with --quick', () => {
    expect(parseComparison({ quick: true })).toMatchObject({ sizes: [10, 100], rounds: 1, roomSizes: [] });
    expect(parseComparison({ quick: true, rooms: '5' })).toMatchObject({ roomSizes: [5] });
  });

  it('selects designs in the order of the tables, and sizes in ascending order', () => {
    expect(namesOf({ designs: 'broadcast,roomcast' })).toEqual(['roomcast', 'broadcast']);
    expect(parseComparison({ sizes: '500,20', rounds: '3' })).toMatchObject({ sizes: [20, 500], rounds: 3 });
  });

  it('adds another checkout as the baseline', () => {
    expect(namesOf({ baseline: '/other' })).toEqual([...DESIGNS.map(({ name }) => name), 'baseline']);
    const [{ args } = { args: [] }] = parseComparison({ baseline: '/other', designs: 'baseline' }).designs;
    expect(args).toContain('/other');
  });

  it('shows the commit of the baseline in its label', () => {
    const commit = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
    expect(createBaseline(root).label).toBe(`Roomcast at ${commit}`);
    expect(createBaseline(tmpdir()).label).toBe('Roomcast at another commit');
  });

  it.each([
    [{ designs: 'roomcast,other' }, 'Unknown design "other". Use some of: roomcast, '],
    [{ sizes: '10,x' }, '--sizes "x" is not a valid number. Use 1 to 9999.'],
    [{ sizes: '0' }, '--sizes "0"'],
    [{ rooms: '10,' }, '--rooms ""'],
    [{ minutes: '1.5' }, '--minutes "1.5"'],
    [{ rounds: '10000' }, '--rounds "10000"'],
  ])('rejects %j', (options, message) => {
    expect(() => parseComparison(options)).toThrow(UsageError);
    expect(() => parseComparison(options)).toThrow(message);
  });
});
