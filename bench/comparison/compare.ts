import { availableParallelism } from 'node:os';
import { collectRate, collectSize } from './collect';
import type { Design } from './designs';
import { type Measured, measureRate, measureSizes, type SizeSample } from './measure';
import type { ComparisonRecord } from './record';

export interface Comparison {
  readonly designs: readonly Design[];
  /** The numbers of sockets, in ascending order. */
  readonly sizes: readonly number[];
  /** How often each design and size is measured. */
  readonly rounds: number;
  /** How often sizes of more than 1,000 sockets are measured. */
  readonly largeRounds: number;
  /** The member counts of the rooms in the rate test. */
  readonly roomSizes: readonly number[];
  /** The time limit. No measurement starts after it. */
  readonly minutes: number;
}

const LARGE = 1000;

interface Samples {
  readonly design: Design;
  readonly sizes: Map<number, Measured<SizeSample>[]>;
  readonly rates: Map<number, Measured<number>[]>;
}

/**
 * Measures the designs in turn, so that background load on the machine affects all of them. Each measurement runs in new
 * processes.
 *
 * @param report called with each line of progress output
 */
export async function compareDesigns(
  comparison: Comparison,
  report: (line: string) => void,
): Promise<ComparisonRecord> {
  const { designs, sizes, roomSizes, rounds } = comparison;
  const all = designs.map(
    (design): Samples => ({
      design,
      sizes: new Map(sizes.map((size) => [size, []])),
      rates: new Map(roomSizes.map((members) => [members, []])),
    }),
  );
  for (const samples of all) await prepare(samples, report);
  const endsAt = performance.now() + comparison.minutes * 60_000;
  const measureAll = async (measure: (samples: Samples) => Promise<void>) => {
    for (const samples of all) if (performance.now() < endsAt) await measure(samples);
  };
  for (let round = 1; round <= rounds; round += 1) {
    const progress = (text: string) => report(`round ${round}: ${text}`);
    await measureAll((samples) => runSizes(comparison, round, samples, progress));
    if (round > 1) continue;
    for (const members of roomSizes) await measureAll((samples) => runRate(members, samples, progress));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: availableParallelism(),
    rounds,
    sizes,
    roomSizes,
    designs: all.map((samples) => ({
      name: samples.design.name,
      label: samples.design.label,
      sizes: sizes.map((size) => collectSize(size, samples.sizes.get(size) ?? [])),
      rates: roomSizes.map((members) => collectRate(samples.rates.get(members) ?? [])),
    })),
  };
}

/** Installs the packages of a design. If the installation fails, all measurements of the design are recorded as failed. */
async function prepare({ design, sizes, rates }: Samples, report: (line: string) => void): Promise<void> {
  const failure = await design.install?.(() => report(`${design.name}: installing its packages`));
  if (failure === undefined) return;
  report(`${design.name}: ${failure}`);
  for (const samples of [...sizes.values(), ...rates.values()]) samples.push({ failure });
}

/** Measures all sizes that are smaller than any size that failed in an earlier round. */
async function runSizes(
  { sizes, largeRounds }: Comparison,
  round: number,
  samples: Samples,
  report: (line: string) => void,
): Promise<void> {
  const failed = sizes.findIndex((size) => samples.sizes.get(size)?.some((sample) => 'failure' in sample));
  const possible = failed === -1 ? sizes : sizes.slice(0, failed);
  const selected = possible.filter((size) => size <= LARGE || round <= largeRounds);
  if (selected.length === 0) return;
  await measureSizes(samples.design, selected, (size, measured) => {
    samples.sizes.get(size)?.push(measured);
    report(`${samples.design.name}, ${size.toLocaleString('en')} sockets: ${describeSize(measured)}`);
    if ('value' in measured) return;
    for (const larger of sizes.filter((each) => each > size)) samples.sizes.get(larger)?.push(measured);
  });
}

async function runRate(
  members: number,
  { design, rates }: Samples,
  report: (line: string) => void,
): Promise<void> {
  const measurements = rates.get(members) ?? [];
  if (design.hasRooms === false || measurements.length > 0) return;
  const measured = await measureRate(design, members);
  measurements.push(measured);
  const text = 'failure' in measured ? measured.failure : `${Math.round(measured.value)} messages/s`;
  report(`${design.name}, rooms of ${members}: ${text}`);
}

function describeSize(measured: Measured<SizeSample>): string {
  if ('failure' in measured) return measured.failure;
  const { last, serverCpu, peakMb } = measured.value;
  const times = last.map((ms) => ms.toFixed(0)).join(' ');
  return `last receipt after ${times} ms; ${serverCpu.toFixed(0)} ms of CPU, ${peakMb.toFixed(0)} MB`;
}
