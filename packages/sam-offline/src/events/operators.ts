import { BlockList, isIP } from 'node:net';

/** Tells whether one value of an event (never an object or an array) matches. */
export type Matcher = (value: unknown) => boolean;

/** Thrown while a pattern is compiled; the message is the reason AWS would give. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

type Compile = (operand: unknown) => Matcher;

/** The bounds of numeric matching: ±5·10⁹. */
const fiveBillion = 5e9;

/** `exists` is not here: its absence concerns the whole event, so the pattern handles it. */
const operators: Record<string, Compile> = {
  'anything-but': anythingBut,
  cidr,
  'equals-ignore-case': equalsIgnoreCase,
  exactly: (operand) => equals(text('exactly', operand)),
  numeric,
  prefix: (operand) => affix('prefix', operand),
  suffix: (operand) => affix('suffix', operand),
  wildcard,
};

/** The names an `$or` alternative cannot use as a field, or it is no `$or`. */
export const operatorNames: readonly string[] = [...Object.keys(operators), 'exists'];

/**
 * Compiles `{ "<operator>": operand }`. Throws PatternError that names an operator it does not know.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compileOperator(name: string, operand: unknown): Matcher {
  const compile = Object.hasOwn(operators, name) ? operators[name] : undefined;
  if (!compile) throw new PatternError(`Unrecognized match type ${name}`);
  return compile(operand);
}

/** A plain value of a pattern: a string, a number, a boolean or null. */
export function equals(expected: unknown): Matcher {
  return (value) => value === expected;
}

function text(operator: string, operand: unknown): string {
  if (typeof operand === 'string') return operand;
  throw new PatternError(`${operator} match pattern must be a string`);
}

/** The one key of `{ key: value }`. */
export function onlyEntry(operand: object): [string, unknown] {
  const [entry, ...more] = Object.entries(operand);
  if (!entry) throw new PatternError('Match expression name not found');
  if (more.length > 0) throw new PatternError('Only one key allowed in match expression');
  return entry;
}

function equalsIgnoreCase(operand: unknown): Matcher {
  const expected = text('equals-ignore-case', operand).toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === expected;
}

function affix(operator: 'prefix' | 'suffix', operand: unknown): Matcher {
  const test = operator === 'prefix' ? 'startsWith' : 'endsWith';
  if (typeof operand !== 'object' || operand === null) {
    const expected = text(operator, operand);
    return (value) => typeof value === 'string' && value[test](expected);
  }
  const [name, inner] = onlyEntry(operand);
  if (name !== 'equals-ignore-case') throw new PatternError(`Unsupported ${operator} pattern: ${name}`);
  const expected = text(operator, inner).toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase()[test](expected);
}

/** `*` stands for any characters; `\*` and `\\` for themselves; other escapes and `**` are refused. */
function wildcard(operand: unknown): Matcher {
  const pattern = text('wildcard', operand);
  const tokens = pattern.matchAll(/\\.?|\*\*?|[^\\*]+/gs);
  const source = Array.from(tokens, ({ 0: token, index }) => wildcardToken(token, index)).join('');
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
}

function wildcardToken(token: string, index: number): string {
  if (token === '*') return '.*';
  if (token === '**') throw new PatternError(`Consecutive wildcard characters at pos ${index}`);
  if (token === '\\*' || token === '\\\\') return token;
  if (token.startsWith('\\')) throw new PatternError(`Invalid escape character at pos ${index}`);
  return token.replace(/[.+?^${}()|[\]/-]/g, '\\$&');
}

const comparisons: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** One comparison, or a lower and then an upper bound. */
function numeric(operand: unknown): Matcher {
  if (!Array.isArray(operand)) throw new PatternError('Value of numeric must be an array.');
  const [first, low, second, high, ...more] = operand as unknown[];
  const tests = [comparison(first, low)];
  if (operand.length > 2) {
    const isRange = /^>=?$/.test(String(first)) && /^<=?$/.test(String(second));
    if (!isRange || more.length > 0) throw new PatternError('Too many elements in numeric expression');
    tests.push(comparison(second, high));
    if (Number(low) >= Number(high)) throw new PatternError('Bottom must be less than top');
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function comparison(operator: unknown, bound: unknown): (value: number) => boolean {
  const compare = typeof operator === 'string' ? comparisons[operator] : undefined;
  if (!compare) throw new PatternError(`Unrecognized numeric range operator: ${String(operator)}`);
  if (typeof bound !== 'number') throw new PatternError('Value of numeric must be a number');
  if (Math.abs(bound) > fiveBillion) {
    throw new PatternError(`Value must be between ${-fiveBillion} and ${fiveBillion}, inclusive`);
  }
  return (value) => compare(value, bound);
}

function cidr(operand: unknown): Matcher {
  const [address = '', bits = '', ...more] = text('cidr', operand).split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  if (family === 0 || more.length > 0 || !/^\d+$/.test(bits) || Number(bits) > most) {
    throw new PatternError(`Malformed CIDR: ${String(operand)}`);
  }
  const block = new BlockList();
  const type = family === 6 ? 'ipv6' : 'ipv4';
  block.addSubnet(address, Number(bits), type);
  return (value) => typeof value === 'string' && isIP(value) === family && block.check(value, type);
}

/** A value, a list of strings or of numbers, or one of the string operators with a string or a list. */
function anythingBut(operand: unknown): Matcher {
  const excluded = excludedBy(operand);
  return (value) => !excluded.some((matches) => matches(value));
}

function excludedBy(operand: unknown): Matcher[] {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    const values = listOf(operand);
    const types = new Set(values.map((value) => typeof value));
    if (types.size === 1 && (types.has('string') || types.has('number'))) return values.map(equals);
    throw new PatternError('Inside anything-but list, either all values are number or string');
  }
  const [name, inner] = onlyEntry(operand);
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
    throw new PatternError(`Unsupported anything-but pattern: ${name}`);
  }
  return listOf(inner).map((value) => {
    if (value === '' && name.endsWith('fix')) throw new PatternError('Null prefix/suffix not allowed');
    return compileOperator(name, text(`anything-but ${name}`, value));
  });
}

function listOf(operand: unknown): unknown[] {
  const values = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new PatternError('Empty arrays are not allowed');
  return values;
}
