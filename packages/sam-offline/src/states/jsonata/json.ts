import { DATA_LIMIT_EXCEEDED, StateError } from '../errors';

/**
 * The maximum size in UTF-8 bytes. Applies to the input, arguments, result and output of a state, the items of a Map, and the
 * variables of one Assign.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export const PAYLOAD_LIMIT = 262_144;

/** Caches the sizes of values, because the same value can be used in several states. Values are immutable. */
const sizes = new WeakMap<object, number>();

/** Returns the size of a value as compact JSON, in UTF-8 bytes. */
export function byteLength(value: unknown): number {
  if (typeof value !== 'object' || value === null) return Buffer.byteLength(JSON.stringify(value) ?? '');
  const cached = sizes.get(value);
  if (cached !== undefined) return cached;
  const size = Buffer.byteLength(JSON.stringify(value));
  sizes.set(value, size);
  return size;
}

/**
 * Throws `States.DataLimitExceeded` if the value exceeds the payload limit. `subject` is the name of a state or a resource.
 */
export function checkPayload(value: unknown, subject: string): void {
  if (byteLength(value) <= PAYLOAD_LIMIT) return;
  throw new StateError(
    DATA_LIMIT_EXCEEDED,
    `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

/** Returns a deep copy of a JSON value. */
export function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value))
    setMember(copy, key, copyJson((value as Record<string, unknown>)[key]));
  return copy;
}

/** Sets a member. Also supports the name `__proto__`. A normal assignment would set the prototype. */
export function setMember(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** Thrown by `toPlainJson` for a value that JSON cannot represent. The message describes the value. */
export class NotJsonError extends Error {}

/** The maximum depth of a value. The limit also stops the traversal of circular values. */
const MAX_DEPTH = 1000;

/**
 * Converts a JSONata result to plain JSON. JSONata marks the arrays that it creates (`sequence`, `keepSingleton`, `cons`), and
 * the next expression would flatten marked arrays. Copies only the parts that change.
 *
 * @throws NotJsonError for functions, non-finite numbers and circular values.
 */
export function toPlainJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotJsonError(`the number ${value}`);
  if (typeof value === 'function') throw new NotJsonError('a function');
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) throw new NotJsonError(`a value nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return toPlainArray(value, depth + 1);
  return toPlainObject(value as Record<string, unknown>, depth + 1);
}

const ARRAY_MARKS = ['sequence', 'keepSingleton', 'cons', 'outerWrapper', 'tupleStream'] as const;

function toPlainArray(array: unknown[], depth: number): unknown[] {
  let copy: unknown[] | undefined = ARRAY_MARKS.some((mark) => Object.hasOwn(array, mark)) ? [] : undefined;
  for (let index = 0; index < array.length; index++) {
    const plain = toPlainJson(array[index], depth) ?? null;
    if (!copy && plain !== array[index]) copy = array.slice(0, index);
    if (copy) copy[index] = plain;
  }
  return copy ?? array;
}

function toPlainObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  if (object._jsonata_function === true || object._jsonata_lambda === true)
    throw new NotJsonError('a function');
  if (object instanceof RegExp || object instanceof Date)
    throw new NotJsonError(`a ${object.constructor.name}`);
  let copy: Record<string, unknown> | undefined;
  const keys = Object.keys(object);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    const plain = toPlainJson(object[key], depth);
    if (!copy && (plain === undefined || plain !== object[key])) {
      copy = {};
      for (const earlier of keys.slice(0, index)) setMember(copy, earlier, object[earlier]);
    }
    if (copy && plain !== undefined) setMember(copy, key, plain);
  }
  return copy ?? object;
}
