import { type Context, evaluate } from '../intrinsics/evaluate';
import type { Problems } from '../problems';
import { INERT } from '../resources/inert-types';
import { IDENTITIES, type Identity, type Named } from '../resources/resource-types';
import { Section } from '../section';
import { broken, member, type Node, type Place, text } from '../yaml/node';
import type { Deployment } from './deployment';
import type { Resource } from './resource';

/** What a resource needs of the stack it belongs to. */
interface Surroundings {
  readonly deployment: Deployment;
  readonly problems: Problems;
  /** Where the resource's values are looked up. */
  context(owner: StackResource): Context;
}

/** A resource of the stack, with what `Ref` and `Fn::GetAtt` say about it. */
export class StackResource implements Named {
  readonly logicalId: string;
  readonly type: string;
  readonly place: Place;
  readonly metadata: Node | undefined;
  readonly condition: string | undefined;
  /** The logical id of the resource that SAM generated this one for. */
  readonly generatedFor: string | undefined;
  readonly deployment: Deployment;
  /** For an API: the logical id of the stage SAM generates. */
  stageId: string | undefined;
  private readonly raw: Node;
  private readonly referred: Set<string>;
  private readonly identity: Identity | undefined;
  private cachedName: string | undefined;
  /** Properties that are being evaluated: one that needs itself is a circle, which is reported as such. */
  private readonly open = new Set<string>();
  private section: Section | undefined;

  constructor(
    resource: Resource,
    readonly exists: boolean,
    private readonly stack: Surroundings,
  ) {
    this.logicalId = resource.logicalId;
    this.type = resource.type;
    this.place = resource.place;
    this.metadata = resource.metadata;
    this.condition = resource.condition;
    this.generatedFor = resource.generatedFor;
    this.raw = withoutGenerated(resource.properties);
    this.referred = new Set(resource.dependsOn);
    this.deployment = stack.deployment;
    this.identity = IDENTITIES[resource.type] ?? INERT[resource.type];
  }

  /** The properties, evaluated. */
  get properties(): Section {
    this.section ??= new Section(evaluate(this.raw, this.stack.context(this)), this.stack.problems);
    return this.section;
  }

  /** The logical ids of the resources it refers to. */
  get dependencies(): ReadonlySet<string> {
    // Evaluating the properties is what finds them.
    return this.properties && this.referred;
  }

  refersTo(logicalId: string): void {
    this.referred.add(logicalId);
  }

  get name(): string {
    const { nameProperty, maxName = 255 } = this.identity ?? {};
    this.cachedName ??=
      (nameProperty === undefined ? undefined : this.property(nameProperty)) ??
      this.deployment.physicalName(this.logicalId, maxName);
    return this.cachedName;
  }

  get refValue(): string | undefined {
    return this.identity?.ref(this);
  }

  /** A property as it is written, its functions not evaluated. */
  rawProperty(key: string): Node | undefined {
    return member(this.raw, key);
  }

  property(key: string): string | undefined {
    const node = member(this.raw, key);
    if (!node || this.open.has(key)) return undefined;
    this.open.add(key);
    const value = text(evaluate(node, this.stack.context(this)));
    this.open.delete(key);
    return value;
  }

  attribute(attribute: string): string | undefined {
    return this.identity?.attributes[attribute]?.(this);
  }

  /** What `Ref` gives. Of a type this runtime does not know, nothing: the resource itself is reported. */
  ref(place: Place): Node {
    return this.identity ? { kind: 'scalar', place, value: this.identity.ref(this) } : broken(place);
  }

  attributeNode(attribute: string, place: Place): Node {
    const value = this.attribute(attribute);
    if (value !== undefined) return { kind: 'scalar', place, value };
    if (this.identity) this.stack.problems.add(place, `${this.type} has no attribute ${attribute}`);
    return broken(place);
  }
}

/** Events and Routes have become resources of their own, so what they refer to is no dependency of this one. */
function withoutGenerated(properties: Node): Node {
  if (properties.kind !== 'map') return properties;
  const entries = [...properties.entries].filter(([key]) => key !== 'Events' && key !== 'Routes');
  return { ...properties, entries: new Map(entries) };
}
