import { getOwnMember } from '../json/own-member';
import type { Problems } from './problems';
import type { FindingKind } from './support';
import { describeNode, getText, type Node, type SourceLocation, toPlainValue } from './yaml/node';

/**
 * The keys of a map by support level. The runtime reads `emulated` keys and ignores `inert` keys, which have an effect only on
 * AWS. `unsupported` keys would change the behavior of the application, and `security` keys would protect the application. Each
 * of these keys has a hint for the message.
 */
export interface SupportedKeys {
  readonly emulated: readonly string[];
  readonly inert?: readonly string[];
  readonly unsupported?: Readonly<Record<string, string>>;
  readonly security?: Readonly<Record<string, string>>;
}

/**
 * Reads the members of an evaluated map by name and type. If a member is invalid, adds a problem and returns a default, so that
 * a single run reports all problems. As in CloudFormation, strings are accepted as numbers and booleans.
 */
export class PropertyMap {
  private readonly entries: ReadonlyMap<string, Node>;
  readonly location: SourceLocation;
  private readonly isInvalid: boolean;

  constructor(
    node: Node,
    private readonly problems: Problems,
  ) {
    this.location = node.location;
    this.isInvalid = node.kind !== 'map';
    this.entries = node.kind === 'map' ? node.entries : new Map();
    if (node.kind !== 'map' && node.kind !== 'invalid')
      this.addProblem(`must be a map, but is ${describeNode(node)}`);
  }

  get keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Adds a problem for a key. Without `key`, adds a problem for the map. */
  addProblem(message: string, key?: string): void {
    const location = key === undefined ? undefined : this.entries.get(key)?.location;
    this.problems.add(location ?? this.location, message);
  }

  addPlaceholder(value: string): void {
    this.problems.addPlaceholder(value);
  }

  /** Returns whether the value of a key contains a placeholder. Such values cannot be validated. */
  hasPlaceholder(key: string): boolean {
    return this.problems.hasPlaceholder(this.getString(key) ?? '');
  }

  /** Returns whether a string contains a placeholder. Such strings cannot be validated. */
  hasTextPlaceholder(text: string): boolean {
    return this.problems.hasPlaceholder(text);
  }

  /** Creates a map that reports its problems to the same `Problems` object. */
  derive(node: Node): PropertyMap {
    return new PropertyMap(node, this.problems);
  }

  /** Adds a finding for a key. Without `key`, adds a finding for the map. */
  report(kind: FindingKind, message: string, key?: string): void {
    const location = key === undefined ? undefined : this.entries.get(key)?.location;
    this.problems.report(kind, location ?? this.location, message);
  }

  /** Reports unsupported and unknown keys, and suggests similar keys. `what` describes the map in the message. */
  checkKeys(what: string, { emulated, inert = [], unsupported = {}, security = {} }: SupportedKeys): void {
    const hinted = { ...unsupported, ...security };
    const known = [...emulated, ...inert, ...Object.keys(hinted)];
    for (const key of this.keys) {
      if (emulated.includes(key) || inert.includes(key)) continue;
      const message = `${key} of ${what} is not supported`;
      const hint = getOwnMember(hinted, key);
      if (hint === undefined) {
        const unused = known.filter((name) => !this.entries.has(name));
        const { location } = this.entries.get(key) ?? this;
        this.problems.reportUnknown(location, key, message, unused);
      } else {
        const kind = Object.hasOwn(security, key) ? 'security' : 'unsupported';
        this.report(kind, `${message}. ${hint}`, key);
      }
    }
  }

  /** Reports a value that differs from the only supported value. Does nothing if the key is missing. */
  checkValue(key: string, supported: unknown, hint: string, kind: FindingKind = 'unsupported'): void {
    const node = this.entries.get(key);
    if (!node || node.kind === 'invalid' || getText(node) === String(supported)) return;
    this.report(kind, `must be ${supported}, but is ${describeNode(node)}. ${hint}`, key);
  }

  /** Reports a missing key. */
  requireKey(key: string): void {
    if (!this.isInvalid && !this.entries.has(key)) this.addProblem(`${key} is missing`);
  }

  getString(key: string): string | undefined {
    const node = this.entries.get(key);
    if (!node || node.kind === 'invalid') return undefined;
    return getText(node) ?? this.reportType(node, 'a string');
  }

  requireString(key: string): string {
    this.requireKey(key);
    return this.getString(key) ?? '';
  }

  getEnum<T extends string>(key: string, values: readonly T[]): T | undefined {
    const value = this.getString(key);
    if (value === undefined) return undefined;
    const found = values.find((allowed) => allowed === value);
    if (found === undefined)
      this.addProblem(`must be ${values.join(' or ')}, but is ${JSON.stringify(value)}`, key);
    return found;
  }

  getInteger(key: string, min: number, max: number): number | undefined {
    const value = this.getString(key);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
    this.addProblem(`must be an integer from ${min} to ${max}, but is ${JSON.stringify(value)}`, key);
    return undefined;
  }

  getBoolean(key: string): boolean | undefined {
    const value = this.getString(key)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false')
      this.addProblem(`must be true or false, but is ${JSON.stringify(value)}`, key);
    return value === 'true';
  }

  getMap(key: string): PropertyMap | undefined {
    const node = this.entries.get(key);
    return node && new PropertyMap(node, this.problems);
  }

  requireMap(key: string): PropertyMap {
    this.requireKey(key);
    return this.getMap(key) ?? new PropertyMap({ kind: 'invalid', location: this.location }, this.problems);
  }

  /** Returns the maps in a list. Returns an empty array if the key is missing. */
  getMaps(key: string): PropertyMap[] {
    return this.getItems(key).map((item) => new PropertyMap(item, this.problems));
  }

  getItems(key: string): readonly Node[] {
    const node = this.entries.get(key);
    if (!node || node.kind === 'invalid') return [];
    return node.kind === 'list' ? node.items : (this.reportType(node, 'a list') ?? []);
  }

  /** Returns the strings in a list. Reports a missing or empty list. */
  requireStrings(key: string): string[] {
    this.requireKey(key);
    const items = this.getItems(key);
    if (this.entries.get(key)?.kind === 'list' && items.length === 0)
      this.addProblem('must not be empty', key);
    return this.getStrings(key);
  }

  /** Returns the strings in a list. Returns an empty array if the key is missing. */
  getStrings(key: string): string[] {
    return this.getItems(key).flatMap((item) =>
      item.kind === 'invalid' ? [] : (getText(item) ?? this.reportType(item, 'a string') ?? []),
    );
  }

  /** Returns a member as a node, which contains the locations of values. */
  getNode(key: string): Node | undefined {
    return this.entries.get(key);
  }

  /** Returns a member as a plain JavaScript value. */
  getValue(key: string): unknown {
    const node = this.entries.get(key);
    return node && toPlainValue(node);
  }

  private reportType(node: Node, expected: string): undefined {
    this.problems.add(node.location, `must be ${expected}, but is ${describeNode(node)}`);
    return undefined;
  }
}
