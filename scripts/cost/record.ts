import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Memory } from './bill';
import type { Usage } from './usage';

/** The counted usage of messages to rooms, as `docs/costs.json` stores it. */
export interface CostRecord {
  /** Size of the texts in bytes. */
  bytes: number;
  memory: Memory;
  rooms: { members: number; usage: Usage }[];
}

export const root = join(__dirname, '..', '..');
export const recordFile = join(root, 'docs', 'costs.json');

export function readRecord(): CostRecord {
  return JSON.parse(readFileSync(recordFile, 'utf8'));
}

/** The share by which log bytes may differ: times and numbers in log lines have different lengths. */
const LOG_TOLERANCE = 0.1;
/** The difference of all other counts: retries and additional reads are rare without faults, but possible. */
const TOLERANCE = 0.05;

/** Lists the counts of a new run that differ from the recorded ones. */
export function compareRecords(recorded: CostRecord, counted: CostRecord): string[] {
  return counted.rooms.flatMap(({ members, usage }) => {
    const expected = recorded.rooms.find((room) => room.members === members)?.usage;
    if (!expected) return [`room of ${members}: not recorded`];
    const [before, after] = [flatten(expected), flatten(usage)];
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((name) => !isClose(name, before[name] ?? 0, after[name] ?? 0))
      .map((name) => `room of ${members}: ${name} was ${before[name] ?? 0}, is ${after[name] ?? 0}`);
  });
}

function isClose(name: string, before: number, after: number): boolean {
  const tolerance = name === 'logBytes' ? LOG_TOLERANCE : TOLERANCE;
  return Math.abs(after - before) <= tolerance * Math.max(before, after);
}

function flatten({ invocations, ...counts }: Usage): Record<string, number> {
  return { ...counts, ...invocations };
}
