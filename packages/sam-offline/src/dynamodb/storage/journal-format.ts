import { crc32 } from 'node:zlib';
import type { StoreOperation } from '../types';

/**
 * A record of the journal. The journal contains one record per line, as a CRC-32 checksum and a JSON array. The first element
 * of the array is the record number, which makes missing lines detectable. The first record contains the name of the format. A
 * put is `[key, value]`, and a delete is `[key]`.
 */
type Record = readonly [number: number, ...content: unknown[]];

const HEADER: Record = [0, 'sam-offline tables', 1];
const CHECKSUM_LENGTH = 8;
const NO_HEADER = 'not the start of a journal';

/** A part of a journal that cannot be read. */
export interface Damage {
  readonly line: number;
  readonly problem: string;
}

/** The content of a journal. */
export interface JournalContent {
  readonly batches: readonly (readonly StoreOperation[])[];
  readonly damages: readonly Damage[];
  /** The number of changes that were lost because of the damage. */
  readonly lost: number;
  /** The number of the last record. */
  readonly lastNumber: number;
  /** The length in bytes up to the end of the last complete record. */
  readonly length: number;
}

/** Returns the first line of a journal. */
export function encodeHeader(): Buffer {
  return encode(HEADER);
}

/** Returns a record. The operations of a record are applied atomically. */
export function encodeRecord(number: number, operations: readonly StoreOperation[]): Buffer {
  return encode([
    number,
    ...operations.map((operation) =>
      operation.type === 'put' ? [operation.key, operation.value] : [operation.key],
    ),
  ]);
}

function encode(record: Record): Buffer {
  const json = JSON.stringify(record);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

function checksum(json: string | Buffer): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, '0');
}

/**
 * Reads a journal. Ignores bytes after the last line break. They belong to an append that a crash interrupted, and the request
 * for it did not succeed.
 */
export function decodeJournal(bytes: Buffer): JournalContent {
  const batches: (readonly StoreOperation[])[] = [];
  const damages: Damage[] = [];
  let [lastNumber, lost, damagedAtEnd, start, line] = [0, 0, 0, 0, 0];
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    const record = decode(bytes.subarray(start, end));
    start = end + 1;
    line += 1;
    if (line === 1) {
      if (JSON.stringify(record) !== JSON.stringify(HEADER)) damages.push({ line, problem: NO_HEADER });
      continue;
    }
    if (!record) {
      damages.push({ line, problem: 'wrong checksum' });
      damagedAtEnd += 1;
      continue;
    }
    const [number, ...content] = record;
    const missing = number - lastNumber - 1;
    if (missing !== 0 && damages.at(-1)?.line !== line - 1) {
      damages.push({ line, problem: `change ${number} follows change ${lastNumber}` });
    }
    lost += Math.max(0, missing);
    damagedAtEnd = 0;
    lastNumber = number;
    batches.push(content.map(toOperation));
  }
  if (line === 0) damages.push({ line: 1, problem: NO_HEADER });
  return { batches, damages, lost: lost + damagedAtEnd, lastNumber, length: start };
}

/** Parses a line. Returns undefined if the line is damaged. */
function decode(line: Buffer): Record | undefined {
  const json = line.subarray(CHECKSUM_LENGTH + 1);
  if (checksum(json) !== line.toString('latin1', 0, CHECKSUM_LENGTH)) return undefined;
  return JSON.parse(json.toString()) as Record;
}

function toOperation(operation: unknown): StoreOperation {
  const [key, ...values] = operation as [key: string, value?: unknown];
  return values.length === 0 ? { type: 'del', key } : { type: 'put', key, value: values[0] };
}
