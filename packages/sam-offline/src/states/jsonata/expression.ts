import jsonata from 'jsonata';
import { createDefinitionError, QUERY_EVALUATION_ERROR } from '../errors';
import { createRandomFunction, createTimeFunctions, STEP_FUNCTIONS } from './functions';
import { copyJson, NotJsonError, toPlainJson } from './json';

/** The values that an expression can read: `$states` and the workflow variables. */
export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Variables;
}

export type Variables = Readonly<Record<string, unknown>>;

/**
 * Evaluates a compiled expression. Returns the value or a promise. Fails with `States.QueryEvaluationError` if the expression
 * throws an error, returns undefined, or returns a value that is not JSON. The cause contains `field`.
 */
export type Evaluate = (bindings: Bindings, field: string) => unknown;

/** The sources of values that differ between two evaluations of an expression. */
export interface ExpressionSources {
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** Returns the time in epoch milliseconds. The value can have a fraction. */
  readonly now: () => number;
  /** The time limit for an evaluation in milliseconds, measured with the system clock. 0 means no limit. Default: 5,000. */
  readonly timeoutMs?: number;
}

/**
 * The limits for time (milliseconds) and recursion depth. AWS does not document these limits. The values were observed on AWS.
 */
const LIMITS = { timeout: 5000, stack: 100 };

/**
 * Compiles the source of an expression.
 *
 * @param sources returns the numbers for `$random()` and the time for `$millis()` and `$now()`
 * @throws Error if the source is not valid JSONata or uses a feature that Step Functions rejects.
 */
export function compileExpression(source: string, sources: ExpressionSources, inCatch: boolean): Evaluate {
  const expression = jsonata(source, { ...LIMITS, timeout: sources.timeoutMs ?? LIMITS.timeout });
  const usage = analyze(expression.ast());
  rejectUnsupported(usage, inCatch);
  for (const name of usage.variables) {
    const added = STEP_FUNCTIONS[name];
    if (added && Object.hasOwn(STEP_FUNCTIONS, name)) expression.registerFunction(name, added);
  }
  if (usage.variables.has('random')) {
    expression.registerFunction('random', createRandomFunction(sources.random));
  }
  expression.assign('eval', undefined);
  const names = [...usage.variables];
  const readsTime = usage.variables.has('millis') || usage.variables.has('now');

  const evaluate: Evaluate = async (bindings, field) => {
    const { states, variables } = bindings;
    const bound: Record<string, unknown> = { states: usage.mutatesInput ? copyJson(states) : states };
    if (readsTime) Object.assign(bound, createTimeFunctions(sources.now()));
    for (const name of names) {
      if (name !== 'states' && Object.hasOwn(variables, name)) {
        bound[name] = usage.mutatesInput ? copyJson(variables[name]) : variables[name];
      }
    }
    const value = await wrapErrors(() => expression.evaluate(undefined, bound), source, field);
    return requireJson(value, source, field);
  };
  const path = parsePlainPath(expression.ast());
  return path ? createPathLookup(path, source, evaluate) : evaluate;
}

/** Converts JSONata errors to the error and wording that AWS uses. */
async function wrapErrors(work: () => Promise<unknown>, source: string, field: string): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const text = code ? `${code}: ${message}` : message;
    throw createDefinitionError(
      QUERY_EVALUATION_ERROR,
      `The JSONata expression '${source.trim()}' specified for the field '${field}' threw an error during evaluation. ${text}`,
    );
  }
}

function requireJson(value: unknown, source: string, field: string): unknown {
  const subject = () => `The JSONata expression '${source.trim()}' specified for the field '${field}'`;
  if (value === undefined) {
    throw createDefinitionError(QUERY_EVALUATION_ERROR, `${subject()} returned nothing (undefined).`);
  }
  try {
    return toPlainJson(value);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw createDefinitionError(
      QUERY_EVALUATION_ERROR,
      `${subject()} returned ${error.message}, which is not JSON.`,
    );
  }
}

/**
 * Evaluates paths such as `$states.input.a.b` without JSONata, because JSONata would take several times longer than the rest of
 * a Map iteration. If the path contains an array, uses JSONata, which applies the rest of the path to each element.
 */
function createPathLookup(path: readonly string[], source: string, evaluate: Evaluate): Evaluate {
  const [root, ...members] = path as [string, ...string[]];
  return (bindings, field) => {
    let value: unknown = bindings.states;
    if (root !== 'states') {
      value = Object.hasOwn(bindings.variables, root) ? bindings.variables[root] : undefined;
    }
    for (const member of members) {
      if (Array.isArray(value)) return evaluate(bindings, field);
      const hasMember = typeof value === 'object' && value !== null && Object.hasOwn(value, member);
      value = hasMember ? (value as Record<string, unknown>)[member] : undefined;
    }
    if (value !== undefined) return value;
    return requireJson(undefined, source, field);
  };
}

/** A node of JSONata's syntax tree. Contains only the members that this module reads. */
type Node = Readonly<Record<string, unknown>> & { readonly type?: string; readonly value?: unknown };

/**
 * Returns the members of a path expression, for example `['states', 'input', 'a']` for `$states.input.a`. Returns undefined for
 * other expressions.
 */
function parsePlainPath(ast: unknown): string[] | undefined {
  const node = ast as Node;
  if (isPlain(node, 'variable'))
    return node.value === '' || node.value === '$' ? undefined : [String(node.value)];
  if (node.type !== 'path' || !hasOnlyKeys(node, ['type', 'steps'])) return undefined;
  const [first, ...rest] = node.steps as Node[];
  if (!first || !isPlain(first, 'variable') || !rest.every((step) => isPlain(step, 'name'))) return undefined;
  return first.value === '' || first.value === '$'
    ? undefined
    : [first, ...rest].map((step) => String(step.value));
}

function isPlain(node: Node, type: string): boolean {
  return node.type === type && hasOnlyKeys(node, ['type', 'value', 'position']);
}

function hasOnlyKeys(node: Node, keys: readonly string[]): boolean {
  return Object.keys(node).every((key) => keys.includes(key));
}

interface Usage {
  readonly variables: Set<string>;
  /** The names that the expression reads from the top-level context. This context does not exist in Step Functions. */
  readonly topLevelNames: Set<string>;
  readsErrorOutput: boolean;
  /** The operators that JSONata 2.1 added. */
  readonly newOperators: Set<string>;
  /** Whether JSONata adds a mark to arrays in the input during evaluation. This happens for the suffix `[]`. */
  mutatesInput: boolean;
}

function analyze(ast: unknown): Usage {
  const usage: Usage = {
    variables: new Set(),
    topLevelNames: new Set(),
    readsErrorOutput: false,
    newOperators: new Set(),
    mutatesInput: false,
  };
  visit(ast, true, usage);
  return usage;
}

/** The parts of a node that JSONata evaluates once per context item. */
const ITEM_CONTEXT_KEYS = new Set(['predicate', 'stages', 'group']);

/** Visits the nodes of the syntax tree. `isTopLevel` is true if a name without a prefix reads the top-level context. */
function visit(value: unknown, isTopLevel: boolean, usage: Usage): void {
  if (Array.isArray(value)) {
    for (const element of value) visit(element, isTopLevel, usage);
    return;
  }
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return;
  const node = value as Node;
  if (node.keepSingletonArray || node.keepArray) usage.mutatesInput = true;
  if (node.type === 'variable') usage.variables.add(String(node.value));
  if (node.type === 'name' && isTopLevel) usage.topLevelNames.add(String(node.value));
  if (node.type === 'path') visitPath(node, isTopLevel, usage);
  const operator = node.type === 'condition' ? findNewOperator(node) : undefined;
  if (operator !== undefined) usage.newOperators.add(operator);
  for (const key of Object.keys(node)) {
    const isInnerTopLevel = node.type === 'transform' || ITEM_CONTEXT_KEYS.has(key) ? false : isTopLevel;
    if (!(node.type === 'path' && key === 'steps')) visit(node[key], isInnerTopLevel, usage);
  }
}

/**
 * Returns the original operator of a condition. JSONata parses `a ?? b` as `$exists(a) ? a : b`, and `a ?: b` as `a ? a : b`.
 */
function findNewOperator({ condition, then }: Node): string | undefined {
  const { type, position } = condition as Node;
  // For `??`, JSONata adds a call that has no position. For `?:`, it copies the operand, so both copies have the same position.
  if (type === 'function' && position === undefined) return '??';
  return JSON.stringify(condition) === JSON.stringify(then) ? '?:' : undefined;
}

function visitPath(path: Node, isTopLevel: boolean, usage: Usage): void {
  const [first, second, ...rest] = path.steps as Node[];
  visit(first, isTopLevel, usage);
  if (first?.type === 'variable' && first.value === 'states' && second?.value === 'errorOutput') {
    usage.readsErrorOutput = true;
  }
  visit([second, ...rest], false, usage);
}

function rejectUnsupported(usage: Usage, inCatch: boolean): void {
  const [name] = usage.topLevelNames;
  if (name !== undefined) {
    throw new Error(`Reference to '${name}' at the top level is not supported. Use $states.input.${name}.`);
  }
  if (usage.variables.has('$')) throw new Error("Reference to '$$' is not supported. Use $states.input.");
  if (usage.variables.has('eval')) throw new Error("Function '$eval' is not supported. Use $parse.");
  const [operator] = usage.newOperators;
  // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
  if (operator !== undefined) {
    throw new Error(`Operator '${operator}' is not supported. Step Functions runs JSONata 2.0.6.`);
  }
  if (usage.readsErrorOutput && !inCatch) {
    throw new Error("Reference to '$states.errorOutput' is supported in Catch only.");
  }
}
