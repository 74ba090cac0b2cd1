import { isObject } from '../core/service';

/** The maximum depth of objects. Deeper objects are omitted. */
const MAX_DEPTH = 2;
const MAX_FIELDS = 24;
/** The maximum length of a value. Longer values are truncated. */
const MAX_VALUE_LENGTH = 100;
/** The limits of a summary in a list. */
const MAX_LISTED_FIELDS = 4;
const MAX_LISTED_LENGTH = 40;
/** Matches a time in epoch milliseconds or ISO 8601. */
const TIME = /^(?:1\d{12}$|\d{4}-\d{2}-\d{2}T)/;

/** A description of an execution's input or an event in a list. */
export interface InputSummary {
  /** The detail type of an event. */
  readonly detailType?: string;
  /** The fields that distinguish the input from other inputs in the list. */
  readonly summary: string;
  /** All fields, for the tooltip and the filter. */
  readonly text: string;
}

interface Description {
  readonly detailType?: string;
  readonly fields: readonly Field[];
}

type Field = readonly [path: string, value: string];

/**
 * Describes the inputs in a list by their scalar fields, and EventBridge events by the fields in their detail. A summary omits
 * fields that have the same value in all inputs. It also omits times, because the list has a column for the time.
 */
export function describeInputs(inputs: readonly unknown[]): InputSummary[] {
  const described = inputs.map(describeInput);
  const constant = findConstantPaths(described.flatMap(({ fields }) => fields));
  const isListed = ([path, value]: Field) =>
    !constant.has(path) && value !== '' && value.length <= MAX_LISTED_LENGTH && !TIME.test(value);
  return described.map(({ fields, ...type }) => ({
    ...type,
    summary: formatFields(fields.filter(isListed).slice(0, MAX_LISTED_FIELDS)),
    text: formatFields(fields),
  }));
}

function describeInput(input: unknown): Description {
  if (!isObject(input)) return { fields: [] };
  const { 'detail-type': detailType, detail } = input;
  if (typeof detailType !== 'string') return { fields: listFields(input) };
  return { detailType, fields: isObject(detail) ? listFields(detail) : [] };
}

/** Lists the strings, numbers and booleans of an object, followed by the fields of nested objects. */
function listFields(root: Readonly<Record<string, unknown>>): Field[] {
  const fields: Field[] = [];
  let level = [{ prefix: '', object: root }];
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const nested: typeof level = [];
    for (const { prefix, object } of level) {
      for (const [name, value] of Object.entries(object)) {
        if (fields.length === MAX_FIELDS) return fields;
        if (isObject(value)) nested.push({ prefix: `${prefix}${name}.`, object: value });
        else if (isScalar(value)) fields.push([prefix + name, cut(String(value))]);
      }
    }
    level = nested;
  }
  return fields;
}

/** Returns the paths that occur more than once and always have the same value. */
function findConstantPaths(fields: readonly Field[]): Set<string> {
  const values = new Map<string, string>();
  const repeated = new Set<string>();
  const varying = new Set<string>();
  for (const [path, value] of fields) {
    const first = values.get(path);
    if (first === undefined) values.set(path, value);
    else if (first === value) repeated.add(path);
    else varying.add(path);
  }
  return new Set([...repeated].filter((path) => !varying.has(path)));
}

function formatFields(fields: readonly Field[]): string {
  return fields.map(([path, value]) => `${path}=${value}`).join(' ');
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function cut(text: string): string {
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}
