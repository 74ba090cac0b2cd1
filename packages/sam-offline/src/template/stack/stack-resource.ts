import { getOwnMember } from '../../json/own-member';
import type { Catalog } from '../catalog';
import { type EvaluationContext, evaluate } from '../intrinsics/evaluate';
import { createPlaceholderAttribute, createPlaceholderType, describeConsequence } from '../placeholder-types';
import type { Problems } from '../problems';
import { PropertyMap } from '../property-map';
import type { NamedResource, ResourceType } from '../resource-types';
import type { ResourceSupport } from '../support';
import { createScalar, getMember, getText, type Node, type SourceLocation } from '../yaml/node';
import type { Deployment } from './deployment';
import type { Resource } from './resource';

/** The members of the stack that a resource uses. */
interface ResourceOwner {
  readonly deployment: Deployment;
  readonly problems: Problems;
  /** Creates the context for evaluating the properties of a resource. */
  createContext(resource: StackResource): EvaluationContext;
  /** Evaluates properties of a resource and replaces dynamic references. */
  evaluateProperties(resource: StackResource, properties: Node): Node;
  readonly catalog: Catalog;
}

/** A resource of the stack. Evaluates properties on demand and returns the values of `Ref` and `Fn::GetAtt`. */
export class StackResource implements NamedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly location: SourceLocation;
  readonly metadata: Node | undefined;
  readonly condition: string | undefined;
  /** The logical ID of the resource for which SAM generated this resource. */
  readonly generatedFor: string | undefined;
  readonly deployment: Deployment;
  /**
   * The logical IDs of the resources that SAM generates, by the property that templates use to refer to them, for example
   * `Stage` or `Alias`.
   */
  readonly generatedIds = new Map<string, string>();
  private readonly rawProperties: Node;
  private readonly dependencyIds: Set<string>;
  private readonly resourceType: ResourceType;
  private currentSupport: Pick<ResourceSupport, 'support' | 'note'>;
  private cachedName: string | undefined;
  /** The keys that are being evaluated. Prevents infinite recursion. Circular dependencies are reported separately. */
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
    const emulated = getOwnMember(stack.catalog.emulated, resource.type);
    const inert = getOwnMember(stack.catalog.inert, resource.type);
    this.resourceType = emulated ?? inert ?? createPlaceholderType(resource.type);
    this.currentSupport = emulated
      ? { support: 'emulated', note: '' }
      : inert
        ? { support: 'inert', note: inert.note }
        : { support: 'unsupported', note: describeConsequence(resource.type) };
  }

  /** The support level of the resource. */
  get support(): ResourceSupport {
    const { logicalId, type, location } = this;
    return { ...this.currentSupport, logicalId, type, file: location.file, line: location.line };
  }

  /** Marks a resource of an unsupported type as emulated, because the template declares how to emulate it. */
  markEmulated(): void {
    this.currentSupport = { support: 'emulated', note: '' };
  }

  /** Marks a resource of an emulated type as unsupported. `note` describes the consequence. */
  markUnsupported(note: string): void {
    this.currentSupport = { support: 'unsupported', note };
  }

  /** The evaluated properties. */
  get properties(): PropertyMap {
    this.cachedProperties ??= new PropertyMap(
      this.stack.evaluateProperties(this, this.rawProperties),
      this.stack.problems,
    );
    return this.cachedProperties;
  }

  /** The logical IDs of the resources that this resource refers to. */
  get dependencies(): ReadonlySet<string> {
    // Evaluating the properties collects the references.
    return this.properties && this.dependencyIds;
  }

  addDependency(logicalId: string): void {
    this.dependencyIds.add(logicalId);
  }

  get name(): string {
    const { nameProperty, maxNameLength = 255 } = this.resourceType;
    this.cachedName ??=
      (nameProperty === undefined ? undefined : this.getProperty(nameProperty)) ??
      this.deployment.createPhysicalName(this.logicalId, maxNameLength);
    return this.cachedName;
  }

  get refValue(): string {
    return this.resourceType.ref(this);
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
    return getOwnMember(this.resourceType.attributes, attribute)?.(this);
  }

  /** Returns the value of `Ref`. */
  getRef(location: SourceLocation): Node {
    return createScalar(location, this.refValue);
  }

  /** Returns the value of `Fn::GetAtt`. Returns a placeholder for unknown attributes. */
  getAttributeNode(attribute: string, location: SourceLocation): Node {
    const value = this.getAttribute(attribute);
    if (value !== undefined) return createScalar(location, value);
    const placeholder = this.stack.problems.addPlaceholder(
      createPlaceholderAttribute(this.type, attribute)(this),
    );
    // Unsupported resources are already listed with their consequences.
    if (this.support.support !== 'unsupported') {
      this.stack.problems.report(
        'unsupported',
        location,
        `The attribute ${attribute} of ${this.type} is not supported. Its value is the placeholder ${placeholder}`,
      );
    }
    return createScalar(location, placeholder);
  }
}

/** Removes Events and Routes. They are expanded to separate resources with separate dependencies. */
function omitExpandedKeys(properties: Node): Node {
  if (properties.kind !== 'map') return properties;
  const entries = [...properties.entries].filter(([key]) => key !== 'Events' && key !== 'Routes');
  return { ...properties, entries: new Map(entries) };
}
