import { isObject, type JsonObject } from '../core/service';
import { isAlternatives, matchesPattern } from '../event-patterns/pattern';

/** A part of a pattern that an event does not match. */
export interface Mismatch {
  /** The field names from the root to the field, separated by dots. Empty for the whole event. */
  readonly path: string;
  /** The pattern of the field. */
  readonly expected: unknown;
  /** The value in the event. Absent if the event does not have the field. */
  readonly actual?: unknown;
}

/**
 * Returns the parts of a pattern that an event does not match, or an empty list if the event matches. Each part is a field that
 * does not match. In an array of objects, each field may match in some element although no element matches all fields. In this
 * case, the part is the field that contains the array.
 *
 * @throws AwsError InvalidEventPatternException
 */
export function explainMismatch(pattern: JsonObject, event: JsonObject): Mismatch[] {
  return explainField(pattern, [], event);
}

function explainField(pattern: unknown, path: readonly string[], event: JsonObject): Mismatch[] {
  if (matchesPattern(nest(path, pattern), event)) return [];
  const parts = isObject(pattern)
    ? Object.entries(pattern).flatMap(([name, value]) => explainField(value, [...path, name], event))
    : [];
  if (parts.length > 0) return parts;
  const actual = readPath(event, isAlternativesPath(path, pattern) ? path.slice(0, -1) : path);
  return [{ path: path.join('.'), expected: pattern, ...(actual === undefined ? {} : { actual }) }];
}

/**
 * Returns a pattern that checks only one field, for example `{ detail: { kind: … } }`. With an empty path, returns the pattern
 * unchanged.
 */
function nest(path: readonly string[], pattern: unknown): JsonObject {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), pattern) as JsonObject;
}

function isAlternativesPath(path: readonly string[], pattern: unknown): boolean {
  return path.at(-1) === '$or' && isAlternatives(pattern);
}

/** Returns the value of a field, or an array of values if a parent field is an array. */
function readPath(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (Array.isArray(value)) {
    const values = value.map((element) => readPath(element, [name, ...rest]));
    const present = values.filter((each) => each !== undefined);
    return present.length === 0 ? undefined : present;
  }
  return isObject(value) && Object.hasOwn(value, name) ? readPath(value[name], rest) : undefined;
}
