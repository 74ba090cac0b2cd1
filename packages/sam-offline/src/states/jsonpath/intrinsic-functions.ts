import { createHash, randomUUID } from 'node:crypto';
import { isObject } from '../../core/service';

/** Thrown by intrinsic functions. The cause of `States.IntrinsicFailure` contains the message. */
export class IntrinsicError extends Error {}

interface IntrinsicFunction {
  /** The minimum and maximum number of arguments. */
  readonly arity: readonly [min: number, max: number];
  readonly apply: (args: readonly unknown[], random: () => number) => unknown;
}

/**
 * The intrinsic functions of JSONPath states, by name without the prefix `States.`
 * https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
 */
export const INTRINSIC_FUNCTIONS: Readonly<Record<string, IntrinsicFunction>> = {
  Array: { arity: [0, Number.POSITIVE_INFINITY], apply: (args) => [...args] },
  ArrayPartition: { arity: [2, 2], apply: ([array, size]) => partition(toArray(array), toInteger(size)) },
  ArrayContains: {
    arity: [2, 2],
    apply: ([array, value]) => toArray(array).some((element) => isEqual(element, value)),
  },
  ArrayRange: {
    arity: [3, 3],
    apply: ([first, last, step]) => range(toInteger(first), toInteger(last), toInteger(step)),
  },
  ArrayGetItem: { arity: [2, 2], apply: ([array, index]) => getItem(toArray(array), toInteger(index)) },
  ArrayLength: { arity: [1, 1], apply: ([array]) => toArray(array).length },
  ArrayUnique: { arity: [1, 1], apply: ([array]) => removeDuplicates(toArray(array)) },
  Base64Encode: {
    arity: [1, 1],
    apply: ([text]) => Buffer.from(toShortString(text)).toString('base64'),
  },
  Base64Decode: {
    arity: [1, 1],
    apply: ([text]) => Buffer.from(toShortString(text), 'base64').toString('utf8'),
  },
  Hash: { arity: [2, 2], apply: ([data, algorithm]) => hash(data, algorithm) },
  JsonMerge: { arity: [3, 3], apply: ([first, second, deep]) => merge(first, second, deep) },
  StringToJson: { arity: [1, 1], apply: ([text]) => parseJson(toText(text)) },
  JsonToString: { arity: [1, 1], apply: ([value]) => JSON.stringify(value) },
  MathRandom: {
    arity: [2, 3],
    apply: ([first, last, seed], random) => drawInteger(toInteger(first), toInteger(last), seed, random),
  },
  MathAdd: { arity: [2, 2], apply: ([first, second]) => add(toInteger(first), toInteger(second)) },
  StringSplit: { arity: [2, 2], apply: ([text, delimiters]) => split(toText(text), toText(delimiters)) },
  UUID: { arity: [0, 0], apply: () => randomUUID() },
  Format: { arity: [1, Number.POSITIVE_INFINITY], apply: ([template, ...args]) => format(template, args) },
};

/** The maximum length of an argument of Base64Encode, Base64Decode and Hash. */
const MAX_TEXT_LENGTH = 10_000;
/** The maximum length of ArrayRange's result. */
const MAX_RANGE_LENGTH = 1000;
/** The maximum value for MathAdd and MathRandom, which use 32-bit integers. */
const MAX_INTEGER = 2 ** 31 - 1;

function toArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new IntrinsicError(`Expected an array, but was ${JSON.stringify(value)}`);
}

/** Rounds a number to an integer, as documented for ArrayRange, ArrayPartition and the Math functions. */
function toInteger(value: unknown): number {
  const integer = typeof value === 'number' ? Math.round(value) : Number.NaN;
  if (Math.abs(integer) <= MAX_INTEGER) return integer;
  throw new IntrinsicError(`Expected a 32-bit integer, but was ${JSON.stringify(value)}`);
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new IntrinsicError(`Expected a string, but was ${JSON.stringify(value)}`);
}

function toShortString(value: unknown): string {
  const text = toText(value);
  if (text.length <= MAX_TEXT_LENGTH) return text;
  throw new IntrinsicError(`Expected at most ${MAX_TEXT_LENGTH} characters, but were ${text.length}`);
}

function partition(array: readonly unknown[], size: number): unknown[] {
  if (size <= 0) throw new IntrinsicError(`The chunk size must be positive, but was ${size}`);
  return Array.from({ length: Math.ceil(array.length / size) }, (_, index) =>
    array.slice(index * size, (index + 1) * size),
  );
}

function range(first: number, last: number, step: number): number[] {
  if (step === 0) throw new IntrinsicError('The increment must not be 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > MAX_RANGE_LENGTH) throw new IntrinsicError(`The range exceeds ${MAX_RANGE_LENGTH} elements`);
  return Array.from({ length }, (_, index) => first + index * step);
}

function getItem(array: readonly unknown[], index: number): unknown {
  if (index >= 0 && index < array.length) return array[index];
  throw new IntrinsicError(`The index ${index} is out of the bounds of an array of ${array.length} elements`);
}

function removeDuplicates(array: readonly unknown[]): unknown[] {
  return array.filter((element, index) => array.findIndex((other) => isEqual(other, element)) === index);
}

/** Returns whether two JSON values are equal. The order of object members does not matter. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((element, index) => isEqual(element, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return one === other;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isEqual(one[name], other[name]))
  );
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function hash(data: unknown, algorithm: unknown): string {
  const name = typeof algorithm === 'string' && Object.hasOwn(ALGORITHMS, algorithm) && ALGORITHMS[algorithm];
  if (!name) {
    const supported = Object.keys(ALGORITHMS).join(', ');
    throw new IntrinsicError(
      `The algorithm must be one of ${supported}, but was ${JSON.stringify(algorithm)}`,
    );
  }
  return createHash(name).update(toShortString(data), 'utf8').digest('hex');
}

/** Merges two objects. AWS supports only the shallow mode, for which the third argument must be false. */
function merge(first: unknown, second: unknown, isDeep: unknown): unknown {
  if (isDeep !== false) throw new IntrinsicError('The third argument of States.JsonMerge must be false');
  if (isObject(first) && isObject(second)) return { ...first, ...second };
  throw new IntrinsicError('The first two arguments of States.JsonMerge must be objects');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new IntrinsicError(`Expected valid JSON, but ${(error as Error).message}`);
  }
}

/** Returns a random integer. The start is inclusive and the end is exclusive. A seed makes the result repeatable. */
function drawInteger(first: number, last: number, seed: unknown, random: () => number): number {
  if (last <= first) throw new IntrinsicError('The end of the range must be greater than its start');
  const fraction = seed === undefined ? random() : hashToFraction(toInteger(seed));
  return first + Math.floor(fraction * (last - first));
}

function hashToFraction(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}

function add(first: number, second: number): number {
  return toInteger(first + second);
}

/** Splits text at each character of `delimiters`. Omits empty parts. */
function split(text: string, delimiters: string): string[] {
  const parts = [''];
  for (const character of text) {
    if (delimiters.includes(character)) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part !== '');
}

/** Replaces each `{}` with an argument, and `\{`, `\}` and `\\` with the character after the backslash. */
function format(template: unknown, args: readonly unknown[]): string {
  let next = 0;
  const text = toText(template).replace(/\\([{}\\'])|\{\}/g, (_, escaped: string | undefined) =>
    escaped === undefined ? formatArgument(args, next++) : escaped,
  );
  if (next === args.length) return text;
  throw new IntrinsicError(`The template has ${next} placeholders, but there are ${args.length} values`);
}

function formatArgument(args: readonly unknown[], index: number): string {
  const value = args[index];
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    throw new IntrinsicError('States.Format accepts strings, numbers, booleans and null only');
  }
  return JSON.stringify(value ?? null);
}
