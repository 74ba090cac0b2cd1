import { INERT_TYPES } from '../inert-types';
import { type EvaluationContext, evaluate } from '../intrinsics/evaluate';
import type { Problems } from '../problems';
import { PropertyMap } from '../property-map';
import { EMULATED_TYPES, type NamedResource, type ResourceType } from '../resource-types';
import {
  createInvalid,
  createScalar,
  getMember,
  getText,
  type Node,
  type SourceLocation,
} from '../yaml/node';
import type { Deployment } from './deployment';
import type { Resource } from './resource';

/** The part of the stack that a resource uses. */
interface ResourceOwner {
  readonly deployment: Deployment;
  readonly problems: Problems;
  /** Creates the context in which the resource's properties are evaluated. */
  createContext(resource: StackResource): EvaluationContext;
}

/** A resource of the stack. Evaluates its properties on demand and answers `Ref` and `Fn::GetAtt`. */
export class StackResource implements NamedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly location: SourceLocation;
  readonly metadata: Node | undefined;
  readonly condition: string | undefined;
  /** The logical ID of the resource for which SAM generated this one. */
  readonly generatedFor: string | undefined;
  readonly deployment: Deployment;
  /** For an API, the logical ID of the stage that SAM generates. */
  stageId: string | undefined;
  private readonly rawProperties: Node;
  private readonly dependencyIds: Set<string>;
  private readonly resourceType: ResourceType | undefined;
  private cachedName: string | undefined;
  /** The keys being evaluated. Prevents endless recursion; the circular dependency is reported separately. */
  private readonly evaluating = new Set<string>();
  private cachedProperties: PropertyMap | undefined;

  constructor(
    resource: Resource,
    readonly exists: boolean,
    private readonly stack: ResourceOwner,
  ) {
    this.logicalId = resource.logicalId;
    this.type = resource.type;
    this.location = resource.location;
    this.metadata = resource.metadata;
    this.condition = resource.condition;
    this.generatedFor = resource.generatedFor;
    this.rawProperties = omitExpandedKeys(resource.properties);
    this.dependencyIds = new Set(resource.dependsOn);
    this.deployment = stack.deployment;
    this.resourceType = EMULATED_TYPES[resource.type] ?? INERT_TYPES[resource.type];
  }

  /** The evaluated properties. */
  get properties(): PropertyMap {
    this.cachedProperties ??= new PropertyMap(
      evaluate(this.rawProperties, this.stack.createContext(this)),
      this.stack.problems,
    );
    return this.cachedProperties;
  }

  /** The logical IDs of the resources that this one refers to. */
  get dependencies(): ReadonlySet<string> {
    // Evaluating the properties collects the references.
    return this.properties && this.dependencyIds;
  }

  addDependency(logicalId: string): void {
    this.dependencyIds.add(logicalId);
  }

  get name(): string {
    const { nameProperty, maxNameLength = 255 } = this.resourceType ?? {};
    this.cachedName ??=
      (nameProperty === undefined ? undefined : this.getProperty(nameProperty)) ??
      this.deployment.createPhysicalName(this.logicalId, maxNameLength);
    return this.cachedName;
  }

  get refValue(): string | undefined {
    return this.resourceType?.ref(this);
  }

  /** Returns a property without evaluating its intrinsic functions. */
  getRawProperty(key: string): Node | undefined {
    return getMember(this.rawProperties, key);
  }

  getProperty(key: string): string | undefined {
    const node = getMember(this.rawProperties, key);
    if (!node || this.evaluating.has(key)) return undefined;
    this.evaluating.add(key);
    const value = getText(evaluate(node, this.stack.createContext(this)));
    this.evaluating.delete(key);
    return value;
  }

  getAttribute(attribute: string): string | undefined {
    return this.resourceType?.attributes[attribute]?.(this);
  }

  /** Returns the value of `Ref`. Returns an invalid node for an unsupported type, which is reported separately. */
  getRef(location: SourceLocation): Node {
    return this.resourceType ? createScalar(location, this.resourceType.ref(this)) : createInvalid(location);
  }

  /** Returns the value of `Fn::GetAtt` and reports an unknown attribute. */
  getAttributeNode(attribute: string, location: SourceLocation): Node {
    const value = this.getAttribute(attribute);
    if (value !== undefined) return createScalar(location, value);
    if (this.resourceType) {
      this.stack.problems.add(location, `${this.type} does not have the attribute ${attribute}`);
    }
    return createInvalid(location);
  }
}

/** Removes Events and Routes. They are expanded to separate resources, which have their own dependencies. */
function omitExpandedKeys(properties: Node): Node {
  if (properties.kind !== 'map') return properties;
  const entries = [...properties.entries].filter(([key]) => key !== 'Events' && key !== 'Routes');
  return { ...properties, entries: new Map(entries) };
}
