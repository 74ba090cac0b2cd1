import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../testbed/template';
import { collectRate, collectSize } from '../comparison/collect';
import { BASELINE } from '../comparison/designs';
import { fillGoals } from '../comparison/goals';
import type { SizeSample } from '../comparison/measure';
import { type ComparisonRecord, readRecord } from '../comparison/record';
import { createTables, formatRatio, renderResults, renderSection } from '../comparison/report';
import { replaceSection } from '../generated-section';

const sample = (factor: number): SizeSample => ({
  first: [10 * factor],
  last: [20 * factor, 40 * factor],
  ack: factor === 1 ? [15] : [],
  cold: 90 * factor,
  serverCpu: 100 * factor,
  clientCpu: 10,
  idleMb: 100,
  peakMb: 200 * factor,
});
const sizes = [10, 1000];
const rounds = (factor: number) => [{ value: sample(factor) }, { value: sample(factor) }];
const design = (name: string, factor: number, rate: number) => ({
  name,
  label: `The ${name}`,
  sizes: sizes.map((size) => collectSize(size, rounds(factor))),
  rates: [rate, rate / 2].map((value) => collectRate([{ value }])),
});
const record: ComparisonRecord = {
  date: '2026-11-23',
  node: 'v20.20.2',
  cores: 2,
  rounds: 2,
  sizes,
  roomSizes: [10, 20],
  designs: [
    design('first', 1, 50),
    design('second', 3.14, 25),
    {
      name: 'third',
      label: 'The third',
      sizes: [collectSize(10, rounds(12)), { failure: 'timed out: start\nlast line' }],
      rates: [null, null],
    },
  ],
};

describe('collectSize', () => {
  it('combines the messages of all rounds and divides the CPU time by the number of deliveries', () => {
    const figures = collectSize(10, [{ value: sample(1) }, { value: sample(3) }]);
    expect(figures).toMatchObject({
      first: { median: 20, count: 2 },
      last: { median: 50, low: 35, high: 75, count: 4 },
      ack: { median: 15, count: 1 },
      cold: { median: 180 },
      serverCpuPerMessage: { median: 200 },
      serverCpuPerDelivery: { median: 20 },
      clientCpuPerDelivery: { median: 1 },
      peakMemory: { median: 400 },
    });
  });

  it('reports a failure instead of figures', () => {
    expect(collectSize(10, [{ value: sample(1) }, { failure: 'timed out' }])).toEqual({
      failure: 'timed out',
    });
  });

  it('returns null for a size that was not measured', () => {
    expect(collectSize(10, [])).toBeNull();
  });
});

describe('renderSection', () => {
  const lines = renderSection(record).split('\n');

  it('has columns for the sizes, CPU time, memory and message rates', () => {
    expect(lines[3]).toBe(
      '|  | time to 10 sockets | time to 1,000 sockets | CPU, 1,000 sockets | memory, 1,000 sockets | messages/s, rooms of 10 | messages/s, rooms of 20 |',
    );
  });

  it('shows ratios to the first design', () => {
    expect(lines[5]).toBe('| The first | 1.0 × | 1.0 × | 1.0 × | 1.0 × | 1.0 × | 1.0 × |');
    expect(lines[6]).toBe('| The second | 3.1 × | 3.1 × | 3.1 × | 3.1 × | 0.50 × | 0.50 × |');
  });

  it('shows a failure instead of a ratio, and an empty cell if nothing was measured', () => {
    expect(lines[7]).toBe(
      '| The third | 12 × | timed out: start | timed out: start | timed out: start |  |  |',
    );
  });

  it('states the conditions of the run', () => {
    expect(lines[0]).toContain('on 2 cores with Node.js 20.20.2');
    expect(lines[1]).toContain('to The first: above 1');
  });

  it('omits sizes between the smallest size and the typical size', () => {
    const sizes = [10, 100, 1000, 4000];
    const designs = record.designs.map((each) => ({
      ...each,
      sizes: sizes.map((size) => collectSize(size, rounds(1))),
    }));
    const [header = ''] = renderSection({ ...record, sizes, designs })
      .split('\n')
      .slice(3);
    expect(header.split(' | ').slice(1, 4)).toEqual([
      'time to 10 sockets',
      'time to 1,000 sockets',
      'CPU, 1,000 sockets',
    ]);
  });

  it('omits the baseline', () => {
    const baseline = design(BASELINE, 1, 50);
    expect(renderSection({ ...record, designs: [...record.designs, baseline] })).toBe(renderSection(record));
  });

  it('shows no ratio if the first design failed', () => {
    const [first, second] = record.designs;
    const failed = {
      ...first,
      sizes: [{ failure: 'exited' }, { failure: 'exited' }],
      rates: [null, null],
    } as typeof first;
    const rows = renderSection({ ...record, designs: [failed, second] as never }).split('\n');
    expect(rows[6]).toBe('| The second |  |  |  |  |  |  |');
  });
});

describe('createTables', () => {
  const tables = createTables(record);

  it('shows medians with the interquartile range', () => {
    expect(tables['ms until the last receipt']?.[0]).toEqual({
      design: 'The first',
      '10 sockets': '30 (20–40)',
      '1,000 sockets': '30 (20–40)',
    });
    expect(tables['ms of CPU of the server per delivery']?.[0]).toMatchObject({
      '10 sockets': '10.000 (10.000–10.000)',
    });
  });

  it('shows an empty cell if a design sends no acknowledgements', () => {
    expect(tables['ms until the acknowledgement']?.map((row) => row['10 sockets'])).toEqual([
      '15 (15–15)',
      '',
      '',
    ]);
  });

  it('omits tables without figures', () => {
    const designs = record.designs.map((each) => ({ ...each, rates: [null, null] }));
    const titles = Object.keys(createTables({ ...record, designs }));
    expect(titles).toEqual(Object.keys(tables).filter((title) => !title.startsWith('messages per second')));
  });

  it('shows the message rates', () => {
    expect(tables['messages per second to 50 rooms']).toEqual([
      { design: 'The first', 'rooms of 10': '50 (50–50)', 'rooms of 20': '25 (25–25)' },
      { design: 'The second', 'rooms of 10': '25 (25–25)', 'rooms of 20': '13 (13–13)' },
      { design: 'The third', 'rooms of 10': '', 'rooms of 20': '' },
    ]);
  });
});

describe('renderResults', () => {
  it('shows medians and rates of all designs except the baseline', () => {
    const baseline = design(BASELINE, 1, 50);
    const rows = renderResults({ ...record, designs: [...record.designs, baseline] }).split('\n');
    expect(rows[0]).toBe(
      '|  | ms to 10 sockets | ms to 1,000 sockets | CPU ms, 10 | CPU ms, 1,000 | messages/s, rooms of 10 | messages/s, rooms of 20 |',
    );
    expect(rows[2]).toBe('| The first | 30 | 30 | 100 | 100 | 50 | 25 |');
    expect(rows[4]).toBe('| The third | 360 | timed out: start | 1,200 | timed out: start |  |  |');
    expect(rows.slice(5)).toEqual(['']);
  });
});

describe('fillGoals', () => {
  const figures = [
    '1,000 sockets, against serverless-offline',
    '1,000 sockets, against bare posts',
    '10 sockets, against serverless-offline',
    'time per delivery, 4,000 against 1,000 sockets',
  ];
  const page = ['# Page', ...figures.map((name) => `| ${name} | old | goal |`), '| other | 1 | 2 |'].join(
    '\n',
  );
  const goalsOf = (designs: ComparisonRecord['designs']) =>
    fillGoals(page, { ...record, designs })
      .split('\n')
      .map((row) => row.split(' | ')[1]);

  it('replaces only the results in the table', () => {
    const designs = [design('roomcast', 1, 50), design('serverless-offline', 2, 25)];
    const filled = fillGoals(page, { ...record, designs });
    expect(filled.split('\n')[1]).toBe('| 1,000 sockets, against serverless-offline | 0.50 × | goal |');
    expect(filled.split('\n').at(-1)).toBe('| other | 1 | 2 |');
  });

  it('shows the reason for each missing result', () => {
    const failed = {
      ...design('serverless-offline', 2, 25),
      sizes: [collectSize(10, rounds(2)), { failure: 'exited' }],
    };
    expect(goalsOf([design('roomcast', 1, 50), failed])).toEqual([
      undefined,
      'no result: exited',
      'not measured',
      '0.50 ×',
      'not measured',
      '1',
    ]);
  });

  it('throws an error if the table has no row for a figure', () => {
    expect(() => fillGoals('# Page', record)).toThrow('no row "1,000 sockets, against serverless-offline"');
  });
});

describe.each([
  ['README.md', (page: string, run: ComparisonRecord) => replaceSection(page, 'bench', renderSection(run))],
  [
    'docs/benchmarks.md',
    (page: string, run: ComparisonRecord) =>
      fillGoals(replaceSection(page, 'bench', renderResults(run)), run),
  ],
])('%s', (file, update) => {
  it('shows the recorded run', () => {
    const page = readFileSync(join(root, file), 'utf8');
    expect(page).toBe(update(page, readRecord() as ComparisonRecord));
  });
});

describe('formatRatio', () => {
  it.each([
    [0.254, '0.25'],
    [1, '1.0'],
    [9.94, '9.9'],
    [12.5, '13'],
    [1234, '1,234'],
  ])('formats %d as %s', (ratio, text) => {
    expect(formatRatio(ratio)).toBe(text);
  });
});
