import type { Problems } from './problems';
import { describe, type Node, type Place, plain, text } from './yaml/node';

/**
 * What may stand in a map. `implemented` members are read; `inert` ones mean something to AWS only and change
 * nothing about how the application behaves here; `refused` ones would, and say why they are not available.
 */
export interface Members {
  readonly implemented: readonly string[];
  readonly inert?: readonly string[];
  readonly refused?: Readonly<Record<string, string>>;
}

/**
 * An evaluated map whose members are read by name and type. What does not fit is a problem, and reading goes on
 * with a harmless value, so that one run finds all problems. Numbers and booleans may be spelled as strings, as
 * CloudFormation allows, because a parameter is always one.
 */
export class Section {
  private readonly entries: ReadonlyMap<string, Node>;
  readonly place: Place;
  private readonly isBroken: boolean;

  constructor(
    node: Node,
    private readonly problems: Problems,
  ) {
    this.place = node.place;
    this.isBroken = node.kind !== 'map';
    this.entries = node.kind === 'map' ? node.entries : new Map();
    if (node.kind !== 'map' && node.kind !== 'broken')
      this.problem(`must be a map, but is ${describe(node)}`);
  }

  get keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  node(key: string): Node | undefined {
    return this.entries.get(key);
  }

  placeOf(key: string): Place {
    return this.entries.get(key)?.place ?? this.place;
  }

  problem(message: string, key?: string): void {
    this.problems.add(key === undefined ? this.place : this.placeOf(key), message);
  }

  /** Reports members that are refused or unknown; `what` names the map in the message. */
  allow(what: string, { implemented, inert = [], refused = {} }: Members): void {
    for (const key of this.keys) {
      if (implemented.includes(key) || inert.includes(key)) continue;
      const reason = refused[key];
      this.problem(`${key} of ${what} is not supported${reason === undefined ? '' : `: ${reason}`}`, key);
    }
  }

  /** Reports a member that is there with another value than the one this runtime behaves like. */
  expect(key: string, value: unknown, why: string): void {
    const node = this.entries.get(key);
    if (!node || node.kind === 'broken' || text(node) === String(value)) return;
    this.problem(`must be ${value}, but is ${describe(node)}: ${why}`, key);
  }

  string(key: string): string | undefined {
    const node = this.entries.get(key);
    if (!node || node.kind === 'broken') return undefined;
    return text(node) ?? this.mismatch(node, 'a string');
  }

  requiredString(key: string): string {
    this.require(key);
    return this.string(key) ?? '';
  }

  oneOf<T extends string>(key: string, values: readonly T[]): T | undefined {
    const value = this.string(key);
    if (value === undefined) return undefined;
    const found = values.find((one) => one === value);
    if (found === undefined)
      this.problem(`must be ${values.join(' or ')}, but is ${JSON.stringify(value)}`, key);
    return found;
  }

  integer(key: string, min: number, max: number): number | undefined {
    const value = this.string(key);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (value.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
    this.problem(`must be a whole number from ${min} to ${max}, but is ${JSON.stringify(value)}`, key);
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.string(key)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') this.problem(`must be true or false, but is ${value}`, key);
    return value === 'true';
  }

  section(key: string): Section | undefined {
    const node = this.entries.get(key);
    return node && new Section(node, this.problems);
  }

  requiredSection(key: string): Section {
    this.require(key);
    return this.section(key) ?? new Section({ kind: 'broken', place: this.place }, this.problems);
  }

  /** The maps of a list; none if the member is missing. */
  sections(key: string): Section[] {
    return this.items(key).map((item) => new Section(item, this.problems));
  }

  items(key: string): readonly Node[] {
    const node = this.entries.get(key);
    if (!node || node.kind === 'broken') return [];
    return node.kind === 'list' ? node.items : (this.mismatch(node, 'a list') ?? []);
  }

  /** The strings of a list that must not be empty. */
  requiredStrings(key: string): string[] {
    this.require(key);
    const items = this.items(key);
    if (this.entries.get(key)?.kind === 'list' && items.length === 0) this.problem('must not be empty', key);
    return items.flatMap((item) => text(item) ?? this.mismatch(item, 'a string') ?? []);
  }

  plain(key: string): unknown {
    const node = this.entries.get(key);
    return node && plain(node);
  }

  require(key: string): void {
    if (!this.isBroken && !this.entries.has(key)) this.problem(`${key} is missing`);
  }

  private mismatch(node: Node, expected: string): undefined {
    this.problems.add(node.place, `must be ${expected}, but is ${describe(node)}`);
    return undefined;
  }
}
