import { compileJsonPath, MISSING, type Step } from '../../json/json-path';
import type { Bindings } from '../jsonata/expression';

/**
 * Returns the value that a path selects in `focus` (`$`), the context object (`$$`) or a variable (`$name`), or `MISSING`.
 */
export type ReadPath = (focus: unknown, bindings: Bindings) => unknown;

export interface CompiledPath {
  readonly source: string;
  readonly read: ReadPath;
  /**
   * The steps of a reference path, which selects a single node. Undefined if the path contains wildcards, slices or filters.
   */
  readonly steps: readonly Step[] | undefined;
  readonly root: PathRoot;
}

/** The root of a path: `$`, `$$`, or the name of a variable. */
export type PathRoot =
  | { readonly kind: 'focus' }
  | { readonly kind: 'context' }
  | { readonly kind: 'variable'; readonly name: string };

const ROOT = /^\$(?:(\$)|(\p{ID_Start}\p{ID_Continue}*))?/u;

/**
 * Compiles a path in a state machine definition. The root is the focus, the context object or a variable.
 * https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
 *
 * @throws Error if the path is not valid.
 */
export function compilePath(source: string): CompiledPath {
  const match = ROOT.exec(source);
  if (!match) throw new Error(`The path '${source}' must start with $.`);
  const [text, context, variable] = match;
  const root = createRoot(context, variable);
  const { steps, select } = compileJsonPath(source.slice(text.length));
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
