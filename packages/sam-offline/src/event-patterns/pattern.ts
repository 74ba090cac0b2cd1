import { AwsError, isObject, type JsonObject } from '../core/service';
import {
  compileOperator,
  createEqualsMatcher,
  type Matcher,
  OPERATOR_NAMES,
  PatternError,
  requireOnlyEntry,
} from './operators';

/** Returns whether an event matches the compiled pattern. */
export type CompiledPattern = (event: JsonObject) => boolean;

/** Returns whether the value at a path of the event matches. `event` is the whole event. */
type NodeMatcher = (value: unknown, event: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. All fields must match. The values of a field are alternatives. If the event contains
 * an array, one element must match all nested fields. The implementation follows github.com/aws/event-ruler, the library that
 * EventBridge uses.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 *
 * Throws InvalidEventPatternException with AWS's reason.
 */
export function compilePattern(pattern: unknown): CompiledPattern {
  try {
    if (!isObject(pattern)) throw new PatternError('Filter is not an object');
    const matches = compileObject(pattern, []);
    return (event) => matches(event, event);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new AwsError(
      'InvalidEventPatternException',
      `Event pattern is not valid. Reason: ${error.message}`,
    );
  }
}

/** Returns whether the event matches the pattern. Throws InvalidEventPatternException for an invalid pattern. */
export function matchesPattern(pattern: unknown, event: JsonObject): boolean {
  return compilePattern(pattern)(event);
}

function compileObject(pattern: JsonObject, path: readonly string[]): NodeMatcher {
  const fields = Object.entries(pattern).map(([name, value]) => compileField(name, value, path));
  if (fields.length === 0) throw new PatternError('Empty objects are not allowed');
  const matchesOne: NodeMatcher = (value, event) => fields.every((matches) => matches(value, event));
  return (value, event) => flatten(value).some((element) => matchesOne(element, event));
}

function compileField(name: string, value: unknown, path: readonly string[]): NodeMatcher {
  if (name === '$or' && isAlternatives(value)) {
    const alternatives = value.map((pattern) => compileObject(pattern, path));
    return (object, event) => alternatives.some((matches) => matches(object, event));
  }
  const fieldPath = [...path, name];
  let node: NodeMatcher;
  if (Array.isArray(value)) node = compileValues(value, fieldPath);
  else if (isObject(value)) node = compileObject(value, fieldPath);
  else throw new PatternError(`"${name}" must be an object or an array`);
  return (object, event) =>
    node(isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined, event);
}

/**
 * Returns whether the value of `$or` is a list of alternatives: two or more objects without operator names. Otherwise, `$or` is
 * a field name.
 */
export function isAlternatives(value: unknown): value is JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every(isObject) &&
    value.every((object) => Object.keys(object).every((key) => !OPERATOR_NAMES.includes(key)))
  );
}

function compileValues(values: readonly unknown[], path: readonly string[]): NodeMatcher {
  if (values.length === 0) throw new PatternError('Empty arrays are not allowed');
  const nodes = values.map((value) => compileValue(value, path));
  return (value, event) => nodes.some((matches) => matches(value, event));
}

function compileValue(value: unknown, path: readonly string[]): NodeMatcher {
  if (Array.isArray(value)) {
    throw new PatternError('Match value must be String, number, true, false, or null');
  }
  if (!isObject(value)) return matchAnyLeaf(createEqualsMatcher(value));
  const [name, operand] = requireOnlyEntry(value);
  if (name !== 'exists') return matchAnyLeaf(compileOperator(name, operand));
  if (typeof operand !== 'boolean')
    throw new PatternError('exists match pattern must be either true or false.');
  if (operand) return matchAnyLeaf(() => true);
  // The field must be absent from all elements of an array, not only from one element.
  return (_, event) => !path.reduce(getMembers, flatten(event)).some(isLeaf);
}

/** Creates a matcher that requires one matching leaf. A leaf is a value or an array element that is not an object. */
function matchAnyLeaf(matches: Matcher): NodeMatcher {
  return (value) => flatten(value).some((element) => isLeaf(element) && matches(element));
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && !isObject(value);
}

/** Returns the elements of nested arrays, or the value itself. An empty array counts as absent. */
function flatten(value: unknown): unknown[] {
  if (!Array.isArray(value)) return [value];
  return value.length === 0 ? [undefined] : value.flatMap(flatten);
}

function getMembers(values: unknown[], name: string): unknown[] {
  return values.flatMap((value) =>
    isObject(value) && Object.hasOwn(value, name) ? flatten(value[name]) : [],
  );
}
