import jsonata from 'jsonata';
import { createDefinitionError, QUERY_EVALUATION_ERROR } from '../errors';
import { createRandomFunction, createTimeFunctions, STEP_FUNCTIONS } from './functions';
import { copyJson, NotJsonError, toPlainJson } from './json';

/** The values an expression can read: `$states` and the workflow variables. */
export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Variables;
}

export type Variables = Readonly<Record<string, unknown>>;

/**
 * Evaluates a compiled expression and returns its value or a promise of it. Fails with `States.QueryEvaluationError`,
 * naming `field`, if the expression throws, returns undefined or returns a value that is not JSON.
 */
export type Evaluate = (bindings: Bindings, field: string) => unknown;

/** Supplies the values that differ between two evaluations of an expression. */
export interface ExpressionSources {
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** Returns the time in epoch milliseconds, which may have a fraction. */
  readonly now: () => number;
  /** The time that an evaluation may take by the system clock, in milliseconds. 0 means no limit. Default: 5,000. */
  readonly timeoutMs?: number;
}

/** AWS does not document its limits for time and recursion depth. These match observations on AWS. */
const LIMITS = { timeout: 5000, stack: 100 };

/**
 * Compiles the source of an expression.
 *
 * @param sources supplies the numbers for `$random()` and the time for `$millis()` and `$now()`
 * @throws Error with JSONata's message if the source does not parse or uses a feature that Step Functions rejects.
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

/** Converts JSONata's errors to AWS's error and wording. */
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
 * Evaluates paths such as `$states.input.a.b` without JSONata, which costs several times the rest of a Map iteration.
 * Falls back to `evaluate` at an array, because JSONata maps the rest of the path over its elements.
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

/** A node of JSONata's syntax tree, limited to the members read here. */
type Node = Readonly<Record<string, unknown>> & { readonly type?: string; readonly value?: unknown };

/** Returns `['states', 'input', 'a']` for `$states.input.a`, and undefined for any other kind of expression. */
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
  /** Names read from the top-level context, which does not exist in Step Functions. */
  readonly topLevelNames: Set<string>;
  readsErrorOutput: boolean;
  /** Of JSONata 2.1 and later. */
  readonly newOperators: Set<string>;
  /** Whether JSONata marks the input's arrays during evaluation. The `[]` suffix does. */
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

/** Parts of a node that JSONata evaluates once per context item. */
const ITEM_CONTEXT_KEYS = new Set(['predicate', 'stages', 'group']);

/** Visits the tree. `isTopLevel` is true where a bare name would read the top-level context. */
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

/** Returns the operator that JSONata parsed to a condition: `a ?? b` to `$exists(a) ? a : b`, and `a ?: b` to `a ? a : b`. */
function findNewOperator({ condition, then }: Node): string | undefined {
  const { type, position } = condition as Node;
  // Only the call that JSONata adds has no position, and only its copies of an operand have the same one.
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
