import type { Problems } from '../problems';
import { createScalar, getText, type ListNode, type MapNode, type Node, parseIntrinsic } from '../yaml/node';

/** Returns the items of a loop's collection, or undefined if the collection cannot be resolved. */
export type ResolveCollection = (node: Node) => readonly string[] | undefined;

const PREFIX = 'Fn::ForEach::';

/**
 * Replaces each `Fn::ForEach` member of a map, at any depth, with the generated members. Loops can be nested.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
export function expandForEach(node: Node, resolve: ResolveCollection, problems: Problems): Node {
  return expand(node, { resolve, problems, iterations: 0 });
}

/**
 * The maximum number of iterations. Without a limit, nested loops can use all memory. CloudFormation allows 500 resources and
 * 200 outputs.
 */
const MAX_ITERATIONS = 10_000;

interface Expansion {
  readonly resolve: ResolveCollection;
  readonly problems: Problems;
  /** The total number of iterations of all loops. */
  iterations: number;
}

function expand(node: Node, expansion: Expansion): Node {
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => expand(item, expansion)) };
  if (node.kind !== 'map') return node;
  const entries = [...node.entries].flatMap(([key, value]): [string, Node][] =>
    key.startsWith(PREFIX) ? expandLoop(value, expansion) : [[key, expand(value, expansion)]],
  );
  return { ...node, entries: new Map(entries) };
}

function expandLoop(loop: Node, expansion: Expansion): [string, Node][] {
  const { resolve, problems } = expansion;
  const [name, collection, body] = loop.kind === 'list' ? loop.items : [];
  const variable = getText(name);
  if (variable === undefined || !collection || body?.kind !== 'map') {
    problems.add(loop.location, 'Fn::ForEach requires a name, a list and a map');
    return [];
  }
  const values = resolve(collection);
  if (!values) {
    problems.add(loop.location, 'The list of Fn::ForEach must contain strings or parameters');
    return [];
  }
  return values.flatMap((value) => {
    if (++expansion.iterations > MAX_ITERATIONS) return [];
    const members = substitute(body, variable, value) as MapNode;
    const entries = [...(expand(members, expansion) as MapNode).entries];
    if (expansion.iterations > MAX_ITERATIONS)
      problems.add(loop.location, `The loops have more than ${MAX_ITERATIONS} iterations`);
    return entries;
  });
}

/**
 * Replaces a loop variable in keys and values. Replaces `${Name}` and `!Ref Name` with the value, and `&{Name}` with only the
 * letters and digits of the value.
 */
function substitute(node: Node, variable: string, value: string): Node {
  const replace = (text: string) =>
    text
      .replaceAll(`\${${variable}}`, value)
      .replaceAll(`&{${variable}}`, value.replace(/[^A-Za-z0-9]/g, ''));
  if (node.kind === 'scalar')
    return typeof node.value === 'string' ? createScalar(node.location, replace(node.value)) : node;
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item) => substitute(item, variable, value)) } as ListNode;
  }
  if (node.kind !== 'map') return node;
  const call = parseIntrinsic(node);
  if (call?.name === 'Ref' && getText(call.argument) === variable) return createScalar(node.location, value);
  const entries = [...node.entries].map(
    ([key, member]) => [replace(key), substitute(member, variable, value)] as const,
  );
  return { ...node, entries: new Map(entries) };
}
