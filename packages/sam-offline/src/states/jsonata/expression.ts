import jsonata from 'jsonata';
import { inState, QUERY_EVALUATION_ERROR } from '../errors';
import { randomFunction, STEP_FUNCTIONS } from './functions';
import { copyJson, NotJson, toPlain } from './json';

/** What an expression sees: `$states` and the workflow's variables. */
export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Variables;
}

export type Variables = Readonly<Record<string, unknown>>;

/**
 * A compiled `{% … %}`. Gives its value, or a promise of it; fails with `States.QueryEvaluationError` if the
 * expression fails, yields nothing, or yields what JSON cannot hold. The field's name goes into the cause.
 */
export type Evaluate = (bindings: Bindings, field: string) => unknown;

/** AWS stops an expression after a time and at a depth it does not document; these are the bounds observed. */
const LIMITS = { timeout: 5000, stack: 100 };

/**
 * Compiles an expression, once for all its evaluations.
 *
 * @param random what `$random()` draws from
 * @throws with JSONata's message if it does not parse, or if it uses what Step Functions does not offer.
 */
export function compileExpression(source: string, random: () => number, inCatch: boolean): Evaluate {
  const expression = jsonata(source, LIMITS);
  const use = inspect(expression.ast());
  refuse(use, inCatch);
  for (const name of use.variables) {
    const added = STEP_FUNCTIONS[name];
    if (added && Object.hasOwn(STEP_FUNCTIONS, name)) expression.registerFunction(name, added);
  }
  if (use.variables.has('random')) expression.registerFunction('random', randomFunction(random));
  expression.assign('eval', undefined);
  const names = [...use.variables];

  const evaluate: Evaluate = async (bindings, field) => {
    const { states, variables } = bindings;
    const bound: Record<string, unknown> = { states: use.marksInput ? copyJson(states) : states };
    for (const name of names) {
      if (name !== 'states' && Object.hasOwn(variables, name)) {
        bound[name] = use.marksInput ? copyJson(variables[name]) : variables[name];
      }
    }
    return checked(await run(() => expression.evaluate(undefined, bound), source, field), source, field);
  };
  const steps = plainPath(expression.ast());
  return steps ? shortcut(steps, source, evaluate) : evaluate;
}

async function run(work: () => Promise<unknown>, source: string, field: string): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    const text = code ? `${code}: ${message}` : message;
    throw inState(
      QUERY_EVALUATION_ERROR,
      `The JSONata expression '${source.trim()}' specified for the field '${field}' threw an error during evaluation. ${text}`,
    );
  }
}

function checked(value: unknown, source: string, field: string): unknown {
  const subject = () => `The JSONata expression '${source.trim()}' specified for the field '${field}'`;
  if (value === undefined) {
    throw inState(QUERY_EVALUATION_ERROR, `${subject()} returned nothing (undefined).`);
  }
  try {
    return toPlain(value);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw inState(QUERY_EVALUATION_ERROR, `${subject()} returned ${error.message}, which is not JSON.`);
  }
}

/**
 * `$states.input.a.b` and `$name.a` without JSONata's machinery, which costs several times the rest of a Map
 * iteration. Through objects a path means the same in both; where it meets an array on the way JSONata maps
 * over it, so there JSONata does it.
 */
function shortcut(steps: readonly string[], source: string, evaluate: Evaluate): Evaluate {
  const [root, ...members] = steps as [string, ...string[]];
  return (bindings, field) => {
    let value: unknown = bindings.states;
    if (root !== 'states') {
      value = Object.hasOwn(bindings.variables, root) ? bindings.variables[root] : undefined;
    }
    for (const member of members) {
      if (Array.isArray(value)) return evaluate(bindings, field);
      const found = typeof value === 'object' && value !== null && Object.hasOwn(value, member);
      value = found ? (value as Record<string, unknown>)[member] : undefined;
    }
    if (value !== undefined) return value;
    return checked(undefined, source, field);
  };
}

/** A node of JSONata's syntax tree, as far as it is looked into here. */
type Node = Readonly<Record<string, unknown>> & { readonly type?: string; readonly value?: unknown };

/** `['states', 'input', 'a']` for `$states.input.a`; nothing for whatever is more than that. */
function plainPath(ast: unknown): string[] | undefined {
  const node = ast as Node;
  if (isPlain(node, 'variable'))
    return node.value === '' || node.value === '$' ? undefined : [String(node.value)];
  if (node.type !== 'path' || !hasOnly(node, ['type', 'steps'])) return undefined;
  const [first, ...rest] = node.steps as Node[];
  if (!first || !isPlain(first, 'variable') || !rest.every((step) => isPlain(step, 'name'))) return undefined;
  return first.value === '' || first.value === '$'
    ? undefined
    : [first, ...rest].map((step) => String(step.value));
}

function isPlain(node: Node, type: string): boolean {
  return node.type === type && hasOnly(node, ['type', 'value', 'position']);
}

function hasOnly(node: Node, keys: readonly string[]): boolean {
  return Object.keys(node).every((key) => keys.includes(key));
}

interface Use {
  readonly variables: Set<string>;
  /** Names read from the top-level context, which Step Functions does not have. */
  readonly topLevel: Set<string>;
  /** Whether `$states.errorOutput` is read. */
  errorOutput: boolean;
  /** Whether evaluating writes JSONata's marks on the arrays it was given: the `[]` suffix does. */
  marksInput: boolean;
}

function inspect(ast: unknown): Use {
  const use: Use = { variables: new Set(), topLevel: new Set(), errorOutput: false, marksInput: false };
  visit(ast, true, use);
  return use;
}

/** Parts of a node that are evaluated with a context item of their own. */
const OWN_CONTEXT = new Set(['predicate', 'stages', 'group']);

/** Walks the tree. `top`: whether a bare name here would be read from the top-level context. */
function visit(value: unknown, top: boolean, use: Use): void {
  if (Array.isArray(value)) {
    for (const element of value) visit(element, top, use);
    return;
  }
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return;
  const node = value as Node;
  if (node.keepSingletonArray || node.keepArray) use.marksInput = true;
  if (node.type === 'variable') use.variables.add(String(node.value));
  if (node.type === 'name' && top) use.topLevel.add(String(node.value));
  if (node.type === 'path') visitPath(node, top, use);
  for (const key of Object.keys(node)) {
    const inner = node.type === 'transform' || OWN_CONTEXT.has(key) ? false : top;
    if (!(node.type === 'path' && key === 'steps')) visit(node[key], inner, use);
  }
}

function visitPath(path: Node, top: boolean, use: Use): void {
  const [first, second, ...rest] = path.steps as Node[];
  visit(first, top, use);
  if (first?.type === 'variable' && first.value === 'states' && second?.value === 'errorOutput') {
    use.errorOutput = true;
  }
  visit([second, ...rest], false, use);
}

function refuse(use: Use, inCatch: boolean): void {
  const [name] = use.topLevel;
  if (name !== undefined) throw new Error(`Reference to '${name}' at the top level is not supported.`);
  if (use.variables.has('$')) throw new Error("Reference to '$$' is not supported.");
  if (use.variables.has('eval')) throw new Error("Function '$eval' is not supported; use $parse.");
  if (use.errorOutput && !inCatch) {
    throw new Error("Reference to '$states.errorOutput' is supported in Catch only.");
  }
}
