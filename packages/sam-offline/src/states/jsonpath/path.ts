import type { Bindings } from '../jsonata/expression';

/** The result of a path that selects nothing. Undefined, because JSON has no such value. */
export const MISSING = undefined;

/**
 * Returns the value that a path selects in `focus` (`$`), the context object (`$$`) or a variable (`$name`), or `MISSING`.
 */
export type ReadPath = (focus: unknown, bindings: Bindings) => unknown;

export interface CompiledPath {
  readonly source: string;
  readonly read: ReadPath;
  /** The steps of a reference path, which selects one node. Undefined for wildcards, slices, filters and the like. */
  readonly steps: readonly Step[] | undefined;
  readonly root: PathRoot;
}

export type Step = string | number;

/** `$`, `$$`, or the name of a variable. */
export type PathRoot =
  | { readonly kind: 'focus' }
  | { readonly kind: 'context' }
  | { readonly kind: 'variable'; readonly name: string };

const ROOT = /^\$(?:(\$)|(\p{ID_Start}\p{ID_Continue}*))?/u;

/**
 * Compiles a JSONPath. Reference paths are read directly, which is several times faster than the library that evaluates
 * the other paths (RFC 9535, which the documentation of Step Functions refers to).
 * https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
 *
 * @throws Error if the path is not valid.
 */
export function compilePath(source: string): CompiledPath {
  const match = ROOT.exec(source);
  if (!match) throw new Error(`The path '${source}' must start with $.`);
  const [text, context, variable] = match;
  const root = createRoot(context, variable);
  const rest = source.slice(text.length);
  const steps = parseSteps(rest);
  const select = steps ? createLookup(steps) : createQuery(`$${rest}`, source);
  const getRoot = createRootGetter(root);
  return { source, steps, root, read: (focus, bindings) => select(getRoot(focus, bindings)) };
}

function createRoot(context: string | undefined, variable: string | undefined): PathRoot {
  if (variable !== undefined) return { kind: 'variable', name: variable };
  return { kind: context === undefined ? 'focus' : 'context' };
}

function createRootGetter(root: PathRoot): ReadPath {
  if (root.kind === 'focus') return (focus) => focus;
  if (root.kind === 'context') return (_, { states }) => states.context;
  const { name } = root;
  return (_, { variables }) => (Object.hasOwn(variables, name) ? variables[name] : MISSING);
}

/** One step: `.name`, `['name']`, `["name"]` or `[0]`. Step Functions also accepts a dot before a bracket. */
const STEP = /\.?\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\d+))\s*\]|\.([^\s.[\](){}*?@,:'"$]+)/uy;

/** Returns the steps of a reference path, or undefined for any other path. */
function parseSteps(text: string): Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  for (let end = 0; end < text.length; end = STEP.lastIndex) {
    STEP.lastIndex = end;
    const match = STEP.exec(text);
    if (!match) return undefined;
    const [, single, double, index, name] = match;
    const quoted = single ?? double;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(quoted === undefined ? (name as string) : quoted.replace(/\\(.)/gs, '$1'));
  }
  return steps;
}

function createLookup(steps: readonly Step[]): (value: unknown) => unknown {
  return (root) => {
    let value = root;
    for (const step of steps) {
      if (typeof step === 'number') value = Array.isArray(value) ? value.at(step) : MISSING;
      else value = hasMember(value, step) ? value[step] : MISSING;
      if (value === MISSING) return MISSING;
    }
    return value;
  };
}

function hasMember(value: unknown, name: string): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
}

/** Compiles a path that can select several nodes. It returns an array, which can be empty. */
function createQuery(text: string, source: string): (value: unknown) => unknown {
  const { compile } = loadLibrary();
  let query: ReturnType<typeof compile>;
  try {
    query = compile(text);
  } catch (error) {
    throw new Error(`The path '${source}' is not a valid JSONPath: ${(error as Error).message}`);
  }
  return (value) => (value === MISSING ? MISSING : query.query(value as never).values());
}

/** Loads the library at the first path that needs it: most state machines have none, and loading takes 20 ms. */
function loadLibrary(): typeof import('json-p3').jsonpath {
  const library: typeof import('json-p3') = require('json-p3');
  return library.jsonpath;
}
