import { AwsError, isObject, type JsonObject } from '../core/service';
import { compileOperator, equals, type Matcher, onlyEntry, operatorNames, PatternError } from './operators';

/** Tells whether an event matches a pattern that was compiled once. */
export type CompiledPattern = (event: JsonObject) => boolean;

/** Matches the value at one place of the pattern; `event` is the whole event. */
type Node = (value: unknown, event: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. Fields of a pattern must all match, values of a field are alternatives,
 * and a pattern under an array in the event must match one element as a whole.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html, and for what it leaves
 * open github.com/aws/event-ruler, the library EventBridge matches with.
 *
 * Throws InvalidEventPatternException with the reason, naming an operator it does not know.
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

function compileObject(pattern: JsonObject, path: readonly string[]): Node {
  const fields = Object.entries(pattern).map(([name, value]) => compileField(name, value, path));
  if (fields.length === 0) throw new PatternError('Empty objects are not allowed');
  const matchesOne: Node = (value, event) => fields.every((matches) => matches(value, event));
  return (value, event) => elements(value).some((element) => matchesOne(element, event));
}

function compileField(name: string, value: unknown, path: readonly string[]): Node {
  if (name === '$or' && isAlternatives(value)) {
    const alternatives = value.map((pattern) => compileObject(pattern, path));
    return (object, event) => alternatives.some((matches) => matches(object, event));
  }
  const below = [...path, name];
  let node: Node;
  if (Array.isArray(value)) node = compileValues(value, below);
  else if (isObject(value)) node = compileObject(value, below);
  else throw new PatternError(`"${name}" must be an object or an array`);
  return (object, event) =>
    node(isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined, event);
}

/** Two or more objects, none of which uses an operator's name as a field; anything else is a field named $or. */
function isAlternatives(value: unknown): value is JsonObject[] {
  return (
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every(isObject) &&
    value.every((object) => Object.keys(object).every((key) => !operatorNames.includes(key)))
  );
}

function compileValues(values: readonly unknown[], path: readonly string[]): Node {
  if (values.length === 0) throw new PatternError('Empty arrays are not allowed');
  const nodes = values.map((value) => compileValue(value, path));
  return (value, event) => nodes.some((matches) => matches(value, event));
}

function compileValue(value: unknown, path: readonly string[]): Node {
  if (Array.isArray(value)) {
    throw new PatternError('Match value must be String, number, true, false, or null');
  }
  if (!isObject(value)) return anyLeaf(equals(value));
  const [name, operand] = onlyEntry(value);
  if (name !== 'exists') return anyLeaf(compileOperator(name, operand));
  if (typeof operand !== 'boolean')
    throw new PatternError('exists match pattern must be either true or false.');
  if (operand) return anyLeaf(() => true);
  // Absent means absent from the event as a whole, not from one element of an array.
  return (_, event) => !path.reduce(step, elements(event)).some(isLeaf);
}

/** A leaf is anything but an object; of an array, each element counts. */
function anyLeaf(matches: Matcher): Node {
  return (value) => elements(value).some((element) => isLeaf(element) && matches(element));
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && !isObject(value);
}

/** The elements of an array however nested, or the value itself. An empty array is as good as nothing. */
function elements(value: unknown): unknown[] {
  if (!Array.isArray(value)) return [value];
  return value.length === 0 ? [undefined] : value.flatMap(elements);
}

function step(values: unknown[], name: string): unknown[] {
  return values.flatMap((value) =>
    isObject(value) && Object.hasOwn(value, name) ? elements(value[name]) : [],
  );
}
