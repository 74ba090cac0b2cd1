import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReferenceName } from '../comparison/designs';
import type { AttackRecord } from './attacks';
import type { Megabytes, Memory } from './bill';
import type { FeatureRecord } from './features';
import type { Usage } from './usage';

/** The usage per message or typing indicator in a room. */
interface RoomRecord {
  members: number;
  usage: Usage;
}

/** The usage per message for one text size. */
interface TextRecord extends RoomRecord {
  bytes: number;
}

/** The usage per message of a reference design. */
export interface ReferenceRecord {
  name: ReferenceName;
  megabytes: Megabytes;
  rooms: RoomRecord[];
}

/** The counted usage that `docs/costs.json` stores. */
export interface CostRecord {
  /** The size of the texts in bytes, except in `texts`. */
  bytes: number;
  memory: Memory;
  rooms: RoomRecord[];
  /** Larger texts. */
  texts: TextRecord[];
  typing: RoomRecord;
  features: FeatureRecord[];
  /** The usage per request for each attack. */
  attacks: AttackRecord[];
  references: ReferenceRecord[];
}

export const root = join(__dirname, '..', '..');
export const recordFile = join(root, 'docs', 'costs.json');

export function readRecord(): CostRecord {
  return JSON.parse(readFileSync(recordFile, 'utf8'));
}

/** The tolerated relative difference of log bytes. It is larger because times and numbers in log lines vary in length. */
const LOG_TOLERANCE = 0.1;
/**
 * The tolerated relative difference of all other counts. Without faults, retries and additional reads are rare but possible.
 */
const TOLERANCE = 0.05;

/** Returns the counts of a new run that differ from the recorded counts. Ignores larger texts and reference designs. */
export function compareRecords(recorded: CostRecord, counted: CostRecord): string[] {
  const rooms = counted.rooms.flatMap(({ members, usage }) => {
    const expected = recorded.rooms.find((room) => room.members === members)?.usage;
    return expected
      ? compareUsage(`room of ${members}`, expected, usage)
      : [`room of ${members}: not recorded`];
  });
  return [...rooms, ...compareUsage('typing', recorded.typing.usage, counted.typing.usage)];
}

function compareUsage(name: string, expected: Usage, usage: Usage): string[] {
  const [before, after] = [flatten(expected), flatten(usage)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((count) => !isClose(count, before[count] ?? 0, after[count] ?? 0))
    .map((count) => `${name}: ${count} was ${before[count] ?? 0}, is ${after[count] ?? 0}`);
}

function isClose(name: string, before: number, after: number): boolean {
  const tolerance = name === 'logBytes' ? LOG_TOLERANCE : TOLERANCE;
  return Math.abs(after - before) <= tolerance * Math.max(before, after);
}

function flatten({ invocations, ...counts }: Usage): Record<string, number> {
  return { ...counts, ...invocations };
}
