import { MISSING } from '../../json/json-path';
import { createDefinitionError, RUNTIME_ERROR } from '../errors';
import { parseTimestamp } from '../field-values';
import type { Bindings } from '../jsonata/expression';
import type { CompiledPath } from './path';

/** Returns whether a rule matches `focus`, the state's effective input. */
export type EvaluateRule = (focus: unknown, bindings: Bindings) => boolean;

/** Compares the value of `Variable` with the operand of a comparison operator. */
export type Compare = (value: unknown, operand: unknown) => boolean;

type Ordering = (one: number | string, other: number | string) => boolean;

const ORDERINGS: Readonly<Record<string, Ordering>> = {
  Equals: (one, other) => one === other,
  LessThan: (one, other) => one < other,
  GreaterThan: (one, other) => one > other,
  LessThanEquals: (one, other) => one <= other,
  GreaterThanEquals: (one, other) => one >= other,
};

/** Converts a value to the type that an operator compares. Returns undefined if the value has another type. */
type Convert = (value: unknown) => number | string | undefined;

const TYPES: Readonly<Record<string, Convert>> = {
  String: (value) => (typeof value === 'string' ? value : undefined),
  Numeric: (value) => (typeof value === 'number' ? value : undefined),
  Timestamp: parseTimestamp,
};

const isBoolean = (value: unknown) => typeof value === 'boolean';

/** A comparison operator. `isOperand` checks whether an operand in the definition is valid. */
export interface ChoiceOperator {
  readonly compare: Compare;
  readonly isOperand: (operand: unknown) => boolean;
  /** The required type of the operand, for error messages. */
  readonly expected: string;
}

const OPERANDS: Readonly<Record<string, string>> = {
  String: 'a string',
  Numeric: 'a number',
  Timestamp: 'an RFC 3339 timestamp',
};

/**
 * The comparison operators that have a `Path` variant, for example StringEquals and StringEqualsPath. Values of other types do
 * not match.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
 */
export const OPERATORS: Readonly<Record<string, ChoiceOperator>> = {
  ...Object.fromEntries(
    Object.entries(TYPES).flatMap(([type, convert]) =>
      Object.entries(ORDERINGS).map(([name, isOrdered]): [string, ChoiceOperator] => [
        `${type}${name}`,
        {
          compare: (value, operand) => {
            const one = convert(value);
            const other = convert(operand);
            return one !== undefined && other !== undefined && isOrdered(one, other);
          },
          isOperand: (operand) => convert(operand) !== undefined,
          expected: OPERANDS[type] as string,
        },
      ]),
    ),
  ),
  BooleanEquals: {
    compare: (value, operand) => isBoolean(value) && value === operand,
    isOperand: isBoolean,
    expected: 'a boolean',
  },
};

/** The operators that test the type of a value. The operand is the expected result. */
export const TYPE_TESTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsNull: (value) => value === null,
  IsPresent: (value) => value !== MISSING,
  IsNumeric: (value) => typeof value === 'number',
  IsString: (value) => typeof value === 'string',
  IsBoolean: isBoolean,
  IsTimestamp: (value) => parseTimestamp(value) !== undefined,
};

/** Compiles the pattern of StringMatches. `*` matches any characters. `\*` and `\\` match `*` and `\`. */
export function compileMatches(pattern: string): (value: unknown) => boolean {
  const source = pattern.replace(/\\([*\\])|\*|[\\^$.+?()[\]{}|/]/g, (token, escaped: string | undefined) =>
    token === '*' ? '.*' : `\\${escaped ?? token}`,
  );
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
}

/** Reads a path of a rule. If the path selects nothing, the execution fails, as on AWS. */
export function readRequired(path: CompiledPath, focus: unknown, bindings: Bindings): unknown {
  const value = path.read(focus, bindings);
  if (value !== MISSING) return value;
  throw createDefinitionError(
    RUNTIME_ERROR,
    `Invalid path '${path.source}': The choice state's condition path references an invalid value.`,
  );
}
