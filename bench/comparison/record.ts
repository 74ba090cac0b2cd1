import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from './statistics';

const file = join(__dirname, '..', '..', 'docs', 'benchmark.json');

/** The figures of a design for one size. Times are in milliseconds, and memory is in megabytes. */
export interface SizeFigures {
  readonly first: Summary;
  readonly last: Summary;
  /** Absent if the design sends no acknowledgements. */
  readonly ack?: Summary;
  /** The time until the last receipt of the first message after the connections are opened. */
  readonly cold: Summary;
  readonly serverCpuPerMessage: Summary;
  readonly serverCpuPerDelivery: Summary;
  readonly clientCpuPerDelivery: Summary;
  readonly idleMemory: Summary;
  readonly peakMemory: Summary;
}

/** A measurement, the reason for its failure, or null if it was skipped. */
export type Result<T> = T | { readonly failure: string } | null;

export interface DesignRecord {
  readonly name: string;
  readonly label: string;
  /** In the order of `sizes`. */
  readonly sizes: readonly Result<SizeFigures>[];
  /** Messages per second, summed over all rooms, in the order of `roomSizes`. */
  readonly rates: readonly Result<Summary>[];
}

/** The results of one run of the comparison. */
export interface ComparisonRecord {
  readonly date: string;
  readonly node: string;
  readonly cores: number;
  readonly rounds: number;
  readonly sizes: readonly number[];
  /** The member counts of the rooms in the rate test. */
  readonly roomSizes: readonly number[];
  readonly designs: readonly DesignRecord[];
}

export function isFailure<T extends object>(result: Result<T>): result is { readonly failure: string } {
  return result !== null && 'failure' in result;
}

/** Reads the recorded run from `docs/benchmark.json`. Returns undefined if no run is recorded. */
export function readRecord(): ComparisonRecord | undefined {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as ComparisonRecord;
}

export function writeRecord(record: ComparisonRecord): void {
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
}
