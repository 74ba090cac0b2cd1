import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceSection } from '../../scripts/generated-section';
import { root } from '../../tests/support/template';
import { collectRate, collectSize } from '../comparison/collect';
import type { SizeSample } from '../comparison/measure';
import { type ComparisonRecord, readRecord } from '../comparison/record';
import { createTables, formatRatio, renderSection } from '../comparison/report';

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
  rate: collectRate([{ value: rate }]),
});
const record: ComparisonRecord = {
  date: '2026-11-23',
  node: 'v20.20.2',
  cores: 2,
  rounds: 2,
  sizes,
  designs: [
    design('first', 1, 50),
    design('second', 3.14, 25),
    {
      name: 'third',
      label: 'The third',
      sizes: [collectSize(10, rounds(12)), { failure: 'timed out: start\nlast line' }],
      rate: null,
    },
  ],
};

describe('collectSize', () => {
  it('combines the messages of all rounds, and divides CPU time by the deliveries', () => {
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

  it('has a column for each size, CPU time, memory and rate', () => {
    expect(lines[3]).toBe(
      '|  | time to 10 sockets | time to 1,000 sockets | CPU, 1,000 sockets | memory, 1,000 sockets | messages/s in rooms |',
    );
  });

  it('shows ratios to the first design', () => {
    expect(lines[5]).toBe('| The first | 1.0 × | 1.0 × | 1.0 × | 1.0 × | 1.0 × |');
    expect(lines[6]).toBe('| The second | 3.1 × | 3.1 × | 3.1 × | 3.1 × | 0.50 × |');
  });

  it('shows a failure instead of a ratio, and nothing for what was not measured', () => {
    expect(lines[7]).toBe('| The third | 12 × | timed out: start | timed out: start | timed out: start |  |');
  });

  it('states the conditions of the run', () => {
    expect(lines[0]).toContain('on 2 cores with Node.js 20.20.2');
    expect(lines[1]).toContain('to The first: above 1');
  });

  it('shows no ratio if the first design failed', () => {
    const [first, second] = record.designs;
    const failed = {
      ...first,
      sizes: [{ failure: 'exited' }, { failure: 'exited' }],
      rate: null,
    } as typeof first;
    const rows = renderSection({ ...record, designs: [failed, second] as never }).split('\n');
    expect(rows[6]).toBe('| The second |  |  |  |  |  |');
  });
});

describe('createTables', () => {
  const tables = createTables(record);

  it('shows medians with the middle half', () => {
    expect(tables['ms until the last receipt']?.[0]).toEqual({
      design: 'The first',
      '10 sockets': '30 (20–40)',
      '1,000 sockets': '30 (20–40)',
    });
    expect(tables['ms of CPU of the server per delivery']?.[0]).toMatchObject({
      '10 sockets': '10.000 (10.000–10.000)',
    });
  });

  it('leaves out acknowledgements that a design does not have', () => {
    expect(tables['ms until the acknowledgement']?.map((row) => row['10 sockets'])).toEqual([
      '15 (15–15)',
      '',
      '',
    ]);
  });

  it('leaves out tables without figures', () => {
    const designs = record.designs.map((each) => ({ ...each, rate: null }));
    const titles = Object.keys(createTables({ ...record, designs }));
    expect(titles).toEqual(Object.keys(tables).filter((title) => !title.startsWith('messages per second')));
  });

  it('shows the rates', () => {
    expect(tables['messages per second to 50 rooms of 20']?.map((row) => row['messages/s'])).toEqual([
      '50 (50–50)',
      '25 (25–25)',
      '',
    ]);
  });
});

describe('the README', () => {
  it('shows the recorded run, if there is one', () => {
    const page = readFileSync(join(root, 'README.md'), 'utf8');
    const record = readRecord();
    expect(page).toBe(replaceSection(page, 'bench', record === undefined ? '' : renderSection(record)));
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
