/** The location of a value in a template, for error messages. */
export interface SourceLocation {
  /** The file name, as passed by the caller. */
  readonly file: string;
  /** The line number, starting at 1. For a member of a map, this is the line of the key. */
  readonly line: number;
  /** The keys from the root, joined with dots. */
  readonly path: string;
}

/**
 * A template value with its location. Intrinsic functions are maps with a single `Ref` or `Fn::…` member until `evaluate`
 * replaces them.
 */
export type Node = ScalarNode | ListNode | MapNode | NoValueNode | InvalidNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly location: SourceLocation;
  readonly value: string | number | boolean | null;
  /** The value as a string, if it differs from `String(value)`. For example, JavaScript converts `2.0` to `2`. */
  readonly text?: string;
}

export interface ListNode {
  readonly kind: 'list';
  readonly location: SourceLocation;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly location: SourceLocation;
  readonly entries: ReadonlyMap<string, Node>;
}

/** The value of `AWS::NoValue`. Members and items with this value are removed. */
export interface NoValueNode {
  readonly kind: 'no-value';
  readonly location: SourceLocation;
}

/** An invalid value, for which a problem was already reported. Readers ignore it. */
export interface InvalidNode {
  readonly kind: 'invalid';
  readonly location: SourceLocation;
}

export function createScalar(location: SourceLocation, value: ScalarNode['value']): ScalarNode {
  return { kind: 'scalar', location, value };
}

export function createList(location: SourceLocation, items: readonly Node[]): ListNode {
  return { kind: 'list', location, items };
}

/** Creates a map. Omits members that are undefined. */
export function createMap(
  location: SourceLocation,
  members: Readonly<Record<string, Node | undefined>>,
): MapNode {
  const entries = Object.entries(members).filter((entry): entry is [string, Node] => entry[1] !== undefined);
  return { kind: 'map', location, entries: new Map(entries) };
}

export function createInvalid(location: SourceLocation): InvalidNode {
  return { kind: 'invalid', location };
}

/** Returns a member of a map, or undefined if the node is not a map or has no such member. */
export function getMember(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined;
}

/** Returns a scalar as a string. Returns undefined for null and for other kinds of nodes. */
export function getText(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? (node.text ?? String(node.value)) : undefined;
}

/** Returns the intrinsic function (`Ref` or `Fn::…`) that a map represents. */
export function parseIntrinsic(node: Node): { name: string; argument: Node } | undefined {
  if (node.kind !== 'map' || node.entries.size !== 1) return undefined;
  for (const [name, argument] of node.entries) {
    if (name === 'Ref' || name.startsWith('Fn::')) return { name, argument };
  }
  return undefined;
}

/** Converts a node to a plain JavaScript value. Invalid nodes become null. */
export function toPlainValue(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toPlainValue);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, toPlainValue(value)]));
    default:
      return null;
  }
}

/** Describes a node for an error message. */
export function describeNode(node: Node): string {
  switch (node.kind) {
    case 'list':
      return 'a list';
    case 'map':
      return parseIntrinsic(node)?.name ?? 'a map';
    case 'scalar':
      return node.value === null ? 'empty' : JSON.stringify(node.value);
    default:
      return 'nothing';
  }
}
