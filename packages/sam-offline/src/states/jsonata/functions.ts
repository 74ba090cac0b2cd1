import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';

/**
 * The functions that Step Functions adds to JSONata (Developer Guide, "Transforming data with JSONata"). Undocumented behavior
 * was observed on AWS: `$partition` of an empty array and an empty `$range` return undefined, which causes an error. Use
 * `[$partition(x, n)]` if `x` can be empty. Numbers are truncated toward zero.
 */
export const STEP_FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  partition,
  range,
  hash,
  parse,
  uuid,
};

/** The maximum length of a `$range` result. Longer results exceed the memory limit of AWS for an expression. */
const MAX_RANGE_LENGTH = 360_145;

function partition(...args: unknown[]): unknown {
  checkArgumentCount('partition', args, 2);
  const [array, size] = args;
  if (array === undefined) return undefined;
  if (!Array.isArray(array)) throw createSignatureError('partition', 1);
  if (size === undefined) return [array];
  const chunk = toInteger('partition', 2, size);
  if (chunk < 0) throw new Error('Second argument must be zero or greater');
  if (chunk === 0 || array.length === 0) return undefined;
  return Array.from({ length: Math.ceil(array.length / chunk) }, (_, index) =>
    array.slice(index * chunk, (index + 1) * chunk),
  );
}

function range(...args: unknown[]): unknown {
  checkArgumentCount('range', args, 3);
  const [first, last, step] = [0, 1, 2].map((index) =>
    args[index] === undefined ? undefined : toInteger('range', index + 1, args[index]),
  );
  if (first === undefined || last === undefined || step === undefined || step === 0) return undefined;
  const length = Math.floor((last - first) / step) + 1;
  if (length > MAX_RANGE_LENGTH) throw new Error('Expression evaluation memory limit exceeded');
  if (length <= 0) return undefined;
  // JSONata replaces a sequence that has one element with the element.
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
  if (args.length === 0) throw createSignatureError('hash', 1);
  checkArgumentCount('hash', args, 2);
  const [data, algorithm] = args;
  if (data === undefined || args.length < 2) return undefined;
  if (typeof data !== 'string') throw createSignatureError('hash', 1);
  const name = typeof algorithm === 'string' && Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm];
  if (!name) {
    const supported = Object.keys(ALGORITHMS).join(', ');
    throw new Error(`Hash algorithm '${algorithm ?? null}' must be one of [${supported}]`);
  }
  return createHash(name).update(data, 'utf8').digest('hex');
}

function parse(...args: unknown[]): unknown {
  checkArgumentCount('parse', args, 1);
  const [text] = args;
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw createSignatureError('parse', 1);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The argument of $parse is not valid JSON: ${(error as Error).message}`);
  }
}

function uuid(...args: unknown[]): string {
  checkArgumentCount('uuid', args, 0);
  return randomUUID();
}

/** Creates `$random([seed])`. With a seed, the function returns the first double of `java.util.Random`, as on AWS. */
export function createRandomFunction(random: () => number): (...args: unknown[]) => unknown {
  return (...args) => {
    checkArgumentCount('random', args, 1);
    if (args.length === 0) return random();
    if (args[0] === undefined) return undefined;
    return nextJavaDouble(BigInt(toInteger('random', 1, args[0])));
  };
}

/** Formats `$time` in the same way as JSONata's `$now`. */
const FORMAT_TIME = jsonata('$fromMillis($time, $picture, $timezone)');

/** Creates `$millis()` and `$now([picture [, timezone]])`. Both return the same time throughout an evaluation. */
export function createTimeFunctions(now: number) {
  const time = Math.floor(now);
  return {
    millis: () => time,
    now: (picture?: string, timezone?: string) =>
      FORMAT_TIME.evaluate(undefined, { time, picture, timezone }),
  };
}

function nextJavaDouble(seed: bigint): number {
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

function toInteger(name: string, position: number, value: unknown): number {
  if (typeof value !== 'number') throw createSignatureError(name, position);
  return Math.trunc(value);
}

function checkArgumentCount(name: string, args: readonly unknown[], max: number): void {
  if (args.length > max) throw createSignatureError(name, max + 1);
}

/** Creates the JSONata error for an invalid argument. JSONata adds the message. */
function createSignatureError(token: string, index: number): Error {
  return Object.assign(new Error(), { code: 'T0410', token, index });
}
