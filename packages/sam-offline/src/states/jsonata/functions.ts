import { createHash, randomUUID } from 'node:crypto';

/**
 * The functions Step Functions adds to JSONata (Developer Guide, "Transforming data with JSONata"). Where the
 * guide is silent they do what executions on AWS were seen to do: `$partition` of an empty array and `$range`
 * over nothing evaluate to nothing, which fails the field they stand in; write `[$partition(x, n)]` where `x`
 * may be empty. Numbers are cut towards zero.
 */
export const STEP_FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  partition,
  range,
  hash,
  parse,
  uuid,
};

/** The elements a `$range` may have: the memory one expression may use on AWS. */
const RANGE_LIMIT = 360_145;

function partition(...args: unknown[]): unknown {
  atMost('partition', args, 2);
  const [array, size] = args;
  if (array === undefined) return undefined;
  if (!Array.isArray(array)) throw signatureError('partition', 1);
  if (size === undefined) return [array];
  const chunk = integer('partition', 2, size);
  if (chunk < 0) throw failure('Second argument must be zero or greater');
  if (chunk === 0 || array.length === 0) return undefined;
  return Array.from({ length: Math.ceil(array.length / chunk) }, (_, index) =>
    array.slice(index * chunk, (index + 1) * chunk),
  );
}

function range(...args: unknown[]): unknown {
  atMost('range', args, 3);
  const [first, last, step] = [0, 1, 2].map((index) =>
    args[index] === undefined ? undefined : integer('range', index + 1, args[index]),
  );
  if (first === undefined || last === undefined || step === undefined || step === 0) return undefined;
  const length = Math.floor((last - first) / step) + 1;
  if (length > RANGE_LIMIT) throw failure('Expression evaluation memory limit exceeded');
  if (length <= 0) return undefined;
  // A sequence of one is that one, as everywhere in JSONata.
  return length === 1 ? first : Array.from({ length }, (_, index) => first + index * step);
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(...args: unknown[]): unknown {
  if (args.length === 0) throw signatureError('hash', 1);
  atMost('hash', args, 2);
  const [data, algorithm] = args;
  if (data === undefined || args.length < 2) return undefined;
  if (typeof data !== 'string') throw signatureError('hash', 1);
  const name = typeof algorithm === 'string' && Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm];
  if (!name) {
    const known = Object.keys(ALGORITHMS).join(', ');
    throw failure(`Hash algorithm '${algorithm ?? null}' must be one of [${known}]`);
  }
  return createHash(name).update(data, 'utf8').digest('hex');
}

function parse(...args: unknown[]): unknown {
  atMost('parse', args, 1);
  const [text] = args;
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw signatureError('parse', 1);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw failure(`The argument of $parse is not JSON: ${(error as Error).message}`);
  }
}

function uuid(...args: unknown[]): string {
  atMost('uuid', args, 0);
  return randomUUID();
}

/** `$random([seed])`: with a seed the first double of `java.util.Random`, bit for bit, as on AWS. */
export function randomFunction(random: () => number): (...args: unknown[]) => unknown {
  return (...args) => {
    atMost('random', args, 1);
    if (args.length === 0) return random();
    if (args[0] === undefined) return undefined;
    return javaRandom(BigInt(integer('random', 1, args[0])));
  };
}

function javaRandom(seed: bigint): number {
  const multiplier = 0x5deece66dn;
  const mask = (1n << 48n) - 1n;
  let state = (seed ^ multiplier) & mask;
  const next = (bits: bigint): bigint => {
    state = (state * multiplier + 0xbn) & mask;
    return state >> (48n - bits);
  };
  const high = next(26n) << 27n;
  return Number(high + next(27n)) / 2 ** 53;
}

function integer(name: string, position: number, value: unknown): number {
  if (typeof value !== 'number') throw signatureError(name, position);
  return Math.trunc(value);
}

function atMost(name: string, args: readonly unknown[], count: number): void {
  if (args.length > count) throw signatureError(name, count + 1);
}

/** JSONata's own error for an argument of the wrong type; it fills in the message. */
function signatureError(token: string, index: number): Error {
  return Object.assign(new Error(), { code: 'T0410', token, index });
}

function failure(message: string): Error {
  return new Error(message);
}
