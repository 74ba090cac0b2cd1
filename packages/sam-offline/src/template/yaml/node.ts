/**
 * A template's values together with where they stand, so that everything said about them can name a line.
 * Intrinsic functions are ordinary maps with one `Ref` or `Fn::…` member; `evaluate` replaces them.
 */
export interface Place {
  /** The file as the caller named it. */
  readonly file: string;
  /** From 1; of the key, for a map's member. */
  readonly line: number;
  /** Keys from the root, joined with dots. */
  readonly path: string;
}

export type Node = ScalarNode | ListNode | MapNode | NoValueNode | BrokenNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly place: Place;
  readonly value: string | number | boolean | null;
}

export interface ListNode {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Node>;
}

/** What `AWS::NoValue` leaves: the member or item that holds it does not exist. */
export interface NoValueNode {
  readonly kind: 'no-value';
  readonly place: Place;
}

/** A value that could not be worked out. The reason has been told, so nothing more is said about it. */
export interface BrokenNode {
  readonly kind: 'broken';
  readonly place: Place;
}

export function scalar(place: Place, value: ScalarNode['value']): ScalarNode {
  return { kind: 'scalar', place, value };
}

export function list(place: Place, items: readonly Node[]): ListNode {
  return { kind: 'list', place, items };
}

/** A map; members that are undefined are left out. */
export function map(place: Place, members: Readonly<Record<string, Node | undefined>>): MapNode {
  const entries = Object.entries(members).filter((entry): entry is [string, Node] => entry[1] !== undefined);
  return { kind: 'map', place, entries: new Map(entries) };
}

export function broken(place: Place): BrokenNode {
  return { kind: 'broken', place };
}

/** A map's member; undefined if the node is no map or has no such member. */
export function member(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined;
}

/** The text of a scalar; undefined for everything else. */
export function text(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? String(node.value) : undefined;
}

/** The intrinsic function a map stands for: `Ref`, or a name that begins with `Fn::`. */
export function intrinsic(node: Node): { name: string; argument: Node } | undefined {
  if (node.kind !== 'map' || node.entries.size !== 1) return undefined;
  for (const [name, argument] of node.entries) {
    if (name === 'Ref' || name.startsWith('Fn::')) return { name, argument };
  }
  return undefined;
}

/** The plain JavaScript value, without places. Broken values are null. */
export function plain(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
    default:
      return null;
  }
}

/** What a node is, in words for a message. */
export function describe(node: Node): string {
  switch (node.kind) {
    case 'list':
      return 'a list';
    case 'map':
      return intrinsic(node)?.name ?? 'a map';
    case 'scalar':
      return node.value === null ? 'empty' : JSON.stringify(node.value);
    default:
      return 'nothing';
  }
}
