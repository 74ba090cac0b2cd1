import { isObject, type JsonObject } from '../../core/service';
import {
  compileMatches,
  type EvaluateRule,
  OPERATORS,
  readRequired,
  TYPE_TESTS,
} from '../jsonpath/choice-rule';
import { type CompiledPath, compilePath } from '../jsonpath/path';
import type { Compiler } from './compiler';

/** The fields of a top-level rule that are not operators. */
const TOP_LEVEL_FIELDS = ['Next', 'Comment', 'Assign'];

const NEVER: EvaluateRule = () => false;

/** A rule or a nested rule, and its path for error messages, for example `Choices[0]/And[1]/`. */
interface RuleSource {
  readonly compiler: Compiler;
  readonly stateName: string;
  readonly rule: JsonObject;
  readonly path: string;
}

/**
 * Compiles a rule of a JSONPath Choice state. A rule is a comparison, or And, Or or Not with nested rules.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
 */
export function compileChoiceRule(
  compiler: Compiler,
  stateName: string,
  rule: JsonObject,
  path: string,
): EvaluateRule {
  const { Next: _, Comment: __, Assign: ___, ...test } = rule;
  return compileTest({ compiler, stateName, rule: test, path });
}

function compileTest(source: RuleSource): EvaluateRule {
  const { compiler, stateName, rule, path } = source;
  const { Variable: _, Comment: __, ...operators } = rule;
  const [entry, ...more] = Object.entries(operators);
  if (!entry || more.length > 0) {
    compiler.addProblem(stateName, `${path.slice(0, -1)} must have exactly one operator`);
    return NEVER;
  }
  const [name, operand] = entry;
  if (name === 'And' || name === 'Or') return compileList(source, name, operand);
  if (name === 'Not') {
    const matches = compileNested(source, 'Not', operand);
    return (focus, bindings) => !matches(focus, bindings);
  }
  return compileComparison(source, name, operand);
}

function compileList(source: RuleSource, name: 'And' | 'Or', operand: unknown): EvaluateRule {
  const { compiler, stateName, path } = source;
  const rules = compiler
    .requireList(stateName, operand, `${path}${name}`)
    .map((nested, index) => compileNested(source, `${name}[${index}]`, nested));
  return name === 'And'
    ? (focus, bindings) => rules.every((matches) => matches(focus, bindings))
    : (focus, bindings) => rules.some((matches) => matches(focus, bindings));
}

function compileNested(
  { compiler, stateName, path }: RuleSource,
  name: string,
  value: unknown,
): EvaluateRule {
  const rule = compiler.requireObject(stateName, value, `${path}${name}`);
  if (!isObject(value)) return NEVER;
  const invalid = TOP_LEVEL_FIELDS.find((field) => field !== 'Comment' && rule[field] !== undefined);
  if (invalid) compiler.addProblem(stateName, `${path}${name}/${invalid} belongs to the outermost rule`);
  return compileTest({ compiler, stateName, rule, path: `${path}${name}/` });
}

function compileComparison(source: RuleSource, name: string, operand: unknown): EvaluateRule {
  const { compiler, stateName, rule, path } = source;
  const addProblem = (text: string) => {
    compiler.addProblem(stateName, `${path}${text}`);
    return NEVER;
  };
  const variable = compileRulePath(source, 'Variable', rule.Variable);
  if (!variable) return NEVER;
  if (Object.hasOwn(TYPE_TESTS, name)) {
    if (typeof operand !== 'boolean') return addProblem(`${name} must be a boolean`);
    const test = TYPE_TESTS[name] as (value: unknown) => boolean;
    if (name === 'IsPresent') return (focus, bindings) => test(variable.read(focus, bindings)) === operand;
    return (focus, bindings) => test(readRequired(variable, focus, bindings)) === operand;
  }
  if (name === 'StringMatches') {
    if (typeof operand !== 'string') return addProblem('StringMatches must be a string');
    const matches = compileMatches(operand);
    return (focus, bindings) => matches(readRequired(variable, focus, bindings));
  }
  const operator = name.replace(/Path$/, '');
  const definition = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!definition) return addProblem(`${name} is not an operator of a Choice state`);
  const { compare, isOperand, expected } = definition;
  if (operator === name) {
    if (!isOperand(operand)) return addProblem(`${name} must be ${expected}`);
    return (focus, bindings) => compare(readRequired(variable, focus, bindings), operand);
  }
  const other = compileRulePath(source, name, operand);
  if (!other) return NEVER;
  return (focus, bindings) =>
    compare(readRequired(variable, focus, bindings), readRequired(other, focus, bindings));
}

function compileRulePath(
  { compiler, stateName, path }: RuleSource,
  field: string,
  value: unknown,
): CompiledPath | undefined {
  try {
    return compilePath(String(value));
  } catch (error) {
    compiler.addProblem(stateName, `${path}${field}: ${(error as Error).message}`);
    return undefined;
  }
}
