import { BlockList, isIP } from 'node:net';

/** Returns whether a scalar value of an event matches. */
export type Matcher = (value: unknown) => boolean;

/** Thrown when a pattern does not compile. The message is AWS's reason. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

type Compile = (operand: unknown) => Matcher;

/** The maximum absolute value in numeric matching. */
const MAX_NUMBER = 5e9;

/** The operators except `exists`. `pattern.ts` compiles `exists`, because `exists: false` depends on the whole event. */
const OPERATORS: Record<string, Compile> = {
  'anything-but': compileAnythingBut,
  cidr: compileCidr,
  'equals-ignore-case': compileEqualsIgnoreCase,
  exactly: (operand) => createEqualsMatcher(requireString('exactly', operand)),
  numeric: compileNumeric,
  prefix: (operand) => compileAffix('prefix', operand),
  suffix: (operand) => compileAffix('suffix', operand),
  wildcard: compileWildcard,
};

/** Names that alternatives of `$or` cannot use as fields. */
export const OPERATOR_NAMES: readonly string[] = [...Object.keys(OPERATORS), 'exists'];

/**
 * Compiles `{ "<operator>": operand }`. Throws PatternError for an unknown operator.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compileOperator(name: string, operand: unknown): Matcher {
  const compile = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!compile) throw new PatternError(`Unrecognized match type ${name}`);
  return compile(operand);
}

/** Creates a matcher for a string, a number, a boolean or null. */
export function createEqualsMatcher(expected: unknown): Matcher {
  return (value) => value === expected;
}

function requireString(operator: string, operand: unknown): string {
  if (typeof operand === 'string') return operand;
  throw new PatternError(`${operator} match pattern must be a string`);
}

/** Returns the entry of an object with exactly one key. */
export function requireOnlyEntry(operand: object): [string, unknown] {
  const [entry, ...more] = Object.entries(operand);
  if (!entry) throw new PatternError('Match expression name not found');
  if (more.length > 0) throw new PatternError('Only one key allowed in match expression');
  return entry;
}

function compileEqualsIgnoreCase(operand: unknown): Matcher {
  const expected = requireString('equals-ignore-case', operand).toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === expected;
}

function compileAffix(operator: 'prefix' | 'suffix', operand: unknown): Matcher {
  const test = operator === 'prefix' ? 'startsWith' : 'endsWith';
  if (typeof operand !== 'object' || operand === null) {
    const expected = requireString(operator, operand);
    return (value) => typeof value === 'string' && value[test](expected);
  }
  const [name, inner] = requireOnlyEntry(operand);
  if (name !== 'equals-ignore-case') throw new PatternError(`Unsupported ${operator} pattern: ${name}`);
  const expected = requireString(operator, inner).toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase()[test](expected);
}

/**
 * Compiles a wildcard. `*` matches any characters. `\*` and `\\` match a literal asterisk or backslash. As on AWS, other
 * escapes and `**` are invalid.
 */
function compileWildcard(operand: unknown): Matcher {
  const pattern = requireString('wildcard', operand);
  const tokens = pattern.matchAll(/\\.?|\*\*?|[^\\*]+/gs);
  const source = Array.from(tokens, ({ 0: token, index }) => toRegExpSource(token, index)).join('');
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
}

function toRegExpSource(token: string, index: number): string {
  if (token === '*') return '.*';
  if (token === '**') throw new PatternError(`Consecutive wildcard characters at pos ${index}`);
  if (token === '\\*' || token === '\\\\') return token;
  if (token.startsWith('\\')) throw new PatternError(`Invalid escape character at pos ${index}`);
  return token.replace(/[.+?^${}()|[\]/-]/g, '\\$&');
}

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** Compiles one comparison, or a lower bound followed by an upper bound. */
function compileNumeric(operand: unknown): Matcher {
  if (!Array.isArray(operand)) throw new PatternError('Value of numeric must be an array.');
  const [first, low, second, high, ...more] = operand as unknown[];
  const tests = [compileComparison(first, low)];
  if (operand.length > 2) {
    const isRange = /^>=?$/.test(String(first)) && /^<=?$/.test(String(second));
    if (!isRange || more.length > 0) throw new PatternError('Too many elements in numeric expression');
    tests.push(compileComparison(second, high));
    if (Number(low) >= Number(high)) throw new PatternError('Bottom must be less than top');
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function compileComparison(operator: unknown, bound: unknown): (value: number) => boolean {
  const compare = typeof operator === 'string' ? COMPARISONS[operator] : undefined;
  if (!compare) throw new PatternError(`Unrecognized numeric range operator: ${String(operator)}`);
  if (typeof bound !== 'number') throw new PatternError('Value of numeric must be a number');
  if (Math.abs(bound) > MAX_NUMBER) {
    throw new PatternError(`Value must be between ${-MAX_NUMBER} and ${MAX_NUMBER}, inclusive`);
  }
  return (value) => compare(value, bound);
}

function compileCidr(operand: unknown): Matcher {
  const [address = '', bits = '', ...more] = requireString('cidr', operand).split('/');
  const family = isIP(address);
  const maxBits = family === 6 ? 128 : 32;
  if (family === 0 || more.length > 0 || !/^\d+$/.test(bits) || Number(bits) > maxBits) {
    throw new PatternError(`Malformed CIDR: ${String(operand)}`);
  }
  const block = new BlockList();
  const type = family === 6 ? 'ipv6' : 'ipv4';
  block.addSubnet(address, Number(bits), type);
  return (value) => typeof value === 'string' && isIP(value) === family && block.check(value, type);
}

/** Accepts a value, a list of strings or numbers, or a string operator with a string or a list. */
function compileAnythingBut(operand: unknown): Matcher {
  const excluded = compileExclusions(operand);
  return (value) => !excluded.some((matches) => matches(value));
}

function compileExclusions(operand: unknown): Matcher[] {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    const values = toNonEmptyList(operand);
    const types = new Set(values.map((value) => typeof value));
    if (types.size === 1 && (types.has('string') || types.has('number')))
      return values.map(createEqualsMatcher);
    throw new PatternError('Inside anything-but list, either all values are number or string');
  }
  const [name, inner] = requireOnlyEntry(operand);
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) {
    throw new PatternError(`Unsupported anything-but pattern: ${name}`);
  }
  return toNonEmptyList(inner).map((value) => {
    if (value === '' && name.endsWith('fix')) throw new PatternError('Null prefix/suffix not allowed');
    return compileOperator(name, requireString(`anything-but ${name}`, value));
  });
}

function toNonEmptyList(operand: unknown): unknown[] {
  const values = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new PatternError('Empty arrays are not allowed');
  return values;
}
