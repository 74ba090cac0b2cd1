import { DATA_LIMIT_EXCEEDED, StateError } from '../errors';

/** The limit of a state's input and output, a task's arguments and result, and a variable, in bytes of UTF-8. */
export const PAYLOAD_LIMIT = 262_144;

/** Sizes of values that pass through several states. Values are never changed, so a size stays true. */
const sizes = new WeakMap<object, number>();

/** The bytes of a JSON value, written as compact JSON in UTF-8. */
export function byteLength(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value) ?? '');
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const size = Buffer.byteLength(JSON.stringify(value));
  sizes.set(value, size);
  return size;
}

/** Throws `States.DataLimitExceeded` if the value is larger than a payload may be. `subject`: a state or resource. */
export function checkPayload(value: unknown, subject: string): void {
  if (byteLength(value) <= PAYLOAD_LIMIT) return;
  throw new StateError(
    DATA_LIMIT_EXCEEDED,
    `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

/** A deep copy of a JSON value. */
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) define(copy, key, copyJson((value as Record<string, unknown>)[key]));
  return copy;
}

/** Sets a member, also one called `__proto__`, which an assignment would take for the prototype. */
export function define(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** A value that JSON cannot hold, met by `toPlain`; the message says what it is. */
export class NotJson extends Error {}

/** How deep a JSON value may be nested; also what stops a value that contains itself. */
const DEPTH_LIMIT = 1000;

/**
 * The value as plain JSON: JSONata marks arrays it made (`sequence`, `keepSingleton`, `cons`), and such an array
 * would be taken apart by the next expression that meets it. Parts without marks are shared, not copied.
 *
 * @throws NotJson for functions, for numbers JSON cannot write and for values that contain themselves.
 */
export function toPlain(value: unknown, depth = 0): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotJson(`the number ${value}`);
  if (typeof value === 'function') throw new NotJson('a function');
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEPTH_LIMIT) throw new NotJson(`a value nested more than ${DEPTH_LIMIT} levels deep`);
  if (Array.isArray(value)) return plainArray(value, depth + 1);
  return plainObject(value as Record<string, unknown>, depth + 1);
}

const MARKS = ['sequence', 'keepSingleton', 'cons', 'outerWrapper', 'tupleStream'] as const;

function plainArray(array: unknown[], depth: number): unknown[] {
  let copy: unknown[] | undefined = MARKS.some((mark) => Object.hasOwn(array, mark)) ? [] : undefined;
  for (let index = 0; index < array.length; index++) {
    const plain = toPlain(array[index], depth) ?? null;
    if (!copy && plain !== array[index]) copy = array.slice(0, index);
    if (copy) copy[index] = plain;
  }
  return copy ?? array;
}

function plainObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  if (object._jsonata_function === true || object._jsonata_lambda === true) throw new NotJson('a function');
  if (object instanceof RegExp || object instanceof Date) throw new NotJson(`a ${object.constructor.name}`);
  let copy: Record<string, unknown> | undefined;
  const keys = Object.keys(object);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const plain = toPlain(object[key], depth);
    if (!copy && (plain === undefined || plain !== object[key])) {
      copy = {};
      for (const earlier of keys.slice(0, index)) define(copy, earlier, object[earlier]);
    }
    if (copy && plain !== undefined) define(copy, key, plain);
  }
  return copy ?? object;
}
