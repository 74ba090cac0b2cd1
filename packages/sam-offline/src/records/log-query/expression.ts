import type { LogRecord, Scalar } from './log-record';
import { QueryError, type TokenReader } from './tokens';

/** Returns whether a record matches. */
export type Matcher = (record: LogRecord) => boolean;

type Comparison = (field: Scalar, value: Scalar) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '=': (a, b) => compareScalars(a, b) === 0,
  '!=': (a, b) => compareScalars(a, b) !== 0,
  '<': (a, b) => compareScalars(a, b) < 0,
  '<=': (a, b) => compareScalars(a, b) <= 0,
  '>': (a, b) => compareScalars(a, b) > 0,
  '>=': (a, b) => compareScalars(a, b) >= 0,
};

/** Compares numbers by value, and other values as strings. */
export function compareScalars(a: Scalar, b: Scalar): number {
  const [x, y] = [Number(a), Number(b)];
  if (a !== '' && b !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  const [s, t] = [String(a), String(b)];
  return s < t ? -1 : s > t ? 1 : 0;
}

/**
 * Parses the condition of `filter`. `and` takes precedence over `or`.
 *
 * @throws QueryError if the condition is not valid
 */
export function parseCondition(reader: TokenReader): Matcher {
  const matchers = [parseConjunction(reader)];
  while (reader.take('or')) matchers.push(parseConjunction(reader));
  return (record) => matchers.some((matches) => matches(record));
}

function parseConjunction(reader: TokenReader): Matcher {
  const matchers = [parseTerm(reader)];
  while (reader.take('and')) matchers.push(parseTerm(reader));
  return (record) => matchers.every((matches) => matches(record));
}

function parseTerm(reader: TokenReader): Matcher {
  if (reader.take('not')) {
    const matches = parseTerm(reader);
    return (record) => !matches(record);
  }
  if (reader.take('(')) {
    const matches = parseCondition(reader);
    reader.require(')');
    return matches;
  }
  if (reader.take('ispresent')) {
    reader.require('(');
    const { value: field } = reader.next('a field', 'name');
    reader.require(')');
    return (record) => record(field) !== undefined;
  }
  return parseComparison(reader);
}

/** Parses a comparison. It does not match records that lack the field. */
function parseComparison(reader: TokenReader): Matcher {
  const { value: field } = reader.next('a field', 'name');
  const isNegated = reader.take('not');
  const compare = parseOperator(reader, isNegated);
  return (record) => {
    const value = record(field);
    return value !== undefined && compare(value) !== isNegated;
  };
}

function parseOperator(reader: TokenReader, isNegated: boolean): (field: Scalar) => boolean {
  if (reader.take('like')) return parsePattern(reader);
  if (reader.take('in')) return parseList(reader);
  if (isNegated) throw reader.expected('"like" or "in"');
  for (const [symbol, compare] of Object.entries(COMPARISONS)) {
    if (!reader.take(symbol)) continue;
    const value = parseValue(reader);
    return (field) => compare(field, value);
  }
  throw reader.expected('=, !=, <, <=, >, >=, like or in');
}

function parsePattern(reader: TokenReader): (field: Scalar) => boolean {
  const { kind, value } = reader.next('a text in quotes or a regular expression in slashes', 'text', 'regex');
  if (kind === 'text') return (field) => String(field).includes(value);
  // JavaScript has no inline flags at the start of a pattern.
  const [, flag = '', source = value] = /^\(\?(i)\)(.*)$/s.exec(value) ?? [];
  try {
    const pattern = new RegExp(source, flag);
    return (field) => pattern.test(String(field));
  } catch (error) {
    throw new QueryError((error as Error).message);
  }
}

function parseList(reader: TokenReader): (field: Scalar) => boolean {
  reader.require('[');
  const values = reader.list(parseValue);
  reader.require(']');
  return (field) => values.some((value) => compareScalars(field, value) === 0);
}

function parseValue(reader: TokenReader): Scalar {
  const { kind, value } = reader.next('a text in quotes or a number', 'text', 'number');
  return kind === 'number' ? Number(value) : value;
}
