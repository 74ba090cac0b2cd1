import { getOwnMember } from '../json/own-member';

/** A statement of an identity-based policy in a template, after intrinsic functions are resolved. */
export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A permission that a call requires. */
export interface AccessRequest {
  /** The action, for example `dynamodb:PutItem`. */
  readonly action: string;
  /** The ARN of the resource. */
  readonly resource: string;
  /** Values of condition keys, for example `dynamodb:LeadingKeys`. Absent keys have no value. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export type Decision = 'allowed' | 'explicitDeny' | 'implicitDeny';

/**
 * Evaluates a request against identity-based policies. An explicit deny overrides an allow. Without either, the request is
 * implicitly denied.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluatePolicies(statements: readonly PolicyStatement[], request: AccessRequest): Decision {
  const matching = statements.filter((statement) => matches(statement, request));
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return matching.some(({ Effect }) => Effect === 'Allow') ? 'allowed' : 'implicitDeny';
}

/** Returns whether a statement applies to a request. */
export function matches(
  statement: PolicyStatement,
  { action, resource, context = {} }: AccessRequest,
): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  // Actions are case-insensitive. ARNs are case-sensitive.
  const isAction = (pattern: string) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
  const isResource = (pattern: string) => matchesWildcard(pattern, resource);
  if (Action === undefined ? list(NotAction).some(isAction) : !list(Action).some(isAction)) return false;
  if (Resource === undefined ? list(NotResource).some(isResource) : !list(Resource).some(isResource))
    return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => {
      const actual = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
      return holds(operator, list(expected), actual === undefined ? undefined : list(actual));
    }),
  );
}

/** Returns whether text matches a pattern. `*` matches any number of characters, and `?` matches one character. */
export function matchesWildcard(pattern: string, text: string): boolean {
  let expression = expressions.get(pattern);
  if (!expression) {
    expression = compileWildcards(pattern);
    expressions.set(pattern, expression);
  }
  return expression.test(text);
}

/**
 * The compiled patterns. They are cached because every call evaluates policies. The cache size is limited by the number of
 * patterns in the template.
 */
const expressions = new Map<string, RegExp>();

function compileWildcards(pattern: string): RegExp {
  const source = pattern
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 's');
}

type Comparison = (expected: string, actual: string) => boolean;

const equals: Comparison = (expected, actual) => expected === actual;
const equalsIgnoringCase: Comparison = (expected, actual) => expected.toLowerCase() === actual.toLowerCase();
const number =
  (compare: (expected: number, actual: number) => boolean): Comparison =>
  (expected, actual) =>
    compare(Number(expected), Number(actual));
const date =
  (compare: (expected: number, actual: number) => boolean): Comparison =>
  (expected, actual) =>
    compare(epoch(expected), epoch(actual));

/** The condition operators, without their negations. */
const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: matchesWildcard,
  ArnEquals: matchesWildcard,
  ArnLike: matchesWildcard,
  Bool: equalsIgnoringCase,
  BinaryEquals: equals,
  NumericEquals: number((expected, actual) => actual === expected),
  NumericLessThan: number((expected, actual) => actual < expected),
  NumericLessThanEquals: number((expected, actual) => actual <= expected),
  NumericGreaterThan: number((expected, actual) => actual > expected),
  NumericGreaterThanEquals: number((expected, actual) => actual >= expected),
  DateEquals: date((expected, actual) => actual === expected),
  DateLessThan: date((expected, actual) => actual < expected),
  DateLessThanEquals: date((expected, actual) => actual <= expected),
  DateGreaterThan: date((expected, actual) => actual > expected),
  DateGreaterThanEquals: date((expected, actual) => actual >= expected),
  IpAddress: (range, address) => isInRange(address, range),
};

/**
 * Returns whether a condition is satisfied. Without a set operator, a key has one value. A missing key does not satisfy a
 * positive operator, but satisfies a negated operator.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function holds(
  operator: string,
  expected: readonly string[],
  actual: readonly string[] | undefined,
): boolean {
  const { quantifier, name, ifExists } = parseOperator(operator);
  if (name === 'Null') return expected.some((value) => (value === 'true') === (actual === undefined));
  if (actual === undefined && ifExists !== undefined) return true;
  const negated = name !== toPositive(name);
  const comparison = getOwnMember(comparisons, toPositive(name));
  if (!comparison) throw new TypeError(`Unknown condition operator ${operator}`);
  const satisfies = (value: string) => expected.some((one) => comparison(one, value)) !== negated;
  if (quantifier === 'ForAllValues') return (actual ?? []).every(satisfies);
  if (quantifier === 'ForAnyValue') return (actual ?? []).some(satisfies);
  return actual === undefined ? negated : actual.every(satisfies);
}

/** Returns whether a name is a valid IAM condition operator, for example `ForAnyValue:StringNotLikeIfExists`. */
export function isConditionOperator(operator: string): boolean {
  const { name } = parseOperator(operator);
  return name === 'Null' || getOwnMember(comparisons, toPositive(name)) !== undefined;
}

function parseOperator(operator: string) {
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  return { quantifier, name, ifExists };
}

function toPositive(name: string): string {
  return name.replace(/^(String|Numeric|Date|Arn)Not/, '$1').replace('NotIpAddress', 'IpAddress');
}

function list(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}

function epoch(value: string): number {
  return /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
}

/** Returns whether an IPv4 address is in a CIDR range. For other addresses, returns whether they are equal. */
function isInRange(address: string, range: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const mask = bits === '0' ? 0 : (-1 << (32 - Number(bits))) >>> 0;
  const [left, right] = [ipv4(address), ipv4(base)];
  if (left === undefined || right === undefined) return address === base;
  return (left & mask) >>> 0 === (right & mask) >>> 0;
}

function ipv4(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((total, part) => total * 256 + part, 0);
}
