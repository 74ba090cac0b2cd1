/** The result of a path that selects nothing. JSON values are never undefined. */
export const MISSING = undefined;

export type Step = string | number;

/** A compiled JSONPath, without its root `$`. */
export interface JsonPath {
  /** The steps of a reference path, which selects one node. Undefined for paths with wildcards, slices or filters. */
  readonly steps: readonly Step[] | undefined;
  /**
   * Returns the selected value, or an array if the path is not a reference path. Returns `MISSING` if a reference path
   * selects nothing.
   */
  readonly select: (root: unknown) => unknown;
}

/**
 * Compiles the part of a JSONPath after its root, for example `.a[0]` in `$.a[0]`. A library evaluates paths that are not
 * reference paths (RFC 9535). Reference paths are evaluated here, which is several times faster.
 *
 * @throws Error if the path is not valid.
 */
export function compileJsonPath(text: string): JsonPath {
  const steps = parseSteps(text);
  return { steps, select: steps ? createLookup(steps) : createQuery(`$${text}`) };
}

/**
 * Returns the value that a JSONPath such as `$.items[0].name` selects in `root`. See `select`.
 *
 * @throws Error if the path is not valid.
 */
export function readJsonPath(root: unknown, path: string): unknown {
  if (!path.startsWith('$')) throw new Error(`The path '${path}' must start with $.`);
  return compileJsonPath(path.slice(1)).select(root);
}

/** Matches a step: `.name`, `['name']`, `["name"]` or `[0]`. AWS also accepts a dot before a bracket. */
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

/** Compiles a path that can select several nodes. The compiled path returns an array, which can be empty. */
function createQuery(text: string): (value: unknown) => unknown {
  const { compile } = loadLibrary();
  let query: ReturnType<typeof compile>;
  try {
    query = compile(quoteNames(text));
  } catch (error) {
    throw new Error(`The path '${text}' is not a valid JSONPath: ${(error as Error).message}`);
  }
  return (value) => (value === MISSING ? MISSING : query.query(value as never).values());
}

/**
 * Puts names with hyphens in brackets and quotes. AWS accepts such names after a dot, but RFC 9535 requires brackets. Does not
 * change paths with filters.
 */
function quoteNames(path: string): string {
  return path.includes('?') ? path : path.replace(/\.(\.?)(\w*-[\w-]*)/g, "$1$1['$2']");
}

/** Loads the library on first use, because loading takes 20 ms and most applications do not need it. */
function loadLibrary(): typeof import('json-p3').jsonpath {
  const library: typeof import('json-p3') = require('json-p3');
  return library.jsonpath;
}
