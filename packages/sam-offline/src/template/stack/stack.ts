import { Conditions } from '../intrinsics/conditions';
import { type Context, evaluate } from '../intrinsics/evaluate';
import { pseudoParameter } from '../intrinsics/pseudo-parameters';
import type { Problems } from '../problems';
import { QUEUE, STAGE } from '../resources/resource-types';
import { generatedResources } from '../sam/generated-resources';
import { Globals } from '../sam/globals';
import { Section } from '../section';
import { broken, member, type Node, type Place } from '../yaml/node';
import type { Deployment } from './deployment';
import { declaredResources, type Resource } from './resource';
import { StackResource } from './stack-resource';

/** A template with its parameters: every name in it can be looked up, every value evaluated. */
export class Stack {
  private readonly conditions: Conditions;
  /** All resources, also those whose condition is false. */
  private readonly resources = new Map<string, StackResource>();
  private readonly byArn = new Map<string, StackResource>();

  constructor(
    private readonly template: Node,
    private readonly parameters: ReadonlyMap<string, Node>,
    readonly deployment: Deployment,
    readonly problems: Problems,
  ) {
    this.conditions = new Conditions(member(template, 'Conditions'), this.context(undefined));
    this.conditions.evaluateAll();
    this.collectResources();
    for (const resource of this.existing()) this.indexArns(resource);
  }

  /** The resources whose condition is true. */
  existing(): StackResource[] {
    return [...this.resources.values()].filter((resource) => resource.exists);
  }

  /** The resource that has this ARN. */
  findByArn(value: string): StackResource | undefined {
    return this.byArn.get(value);
  }

  evaluateSection(node: Node): Section {
    return new Section(evaluate(node, this.context(undefined, true)), this.problems);
  }

  isTrue(condition: string, place: Place): boolean {
    return this.conditions.isTrue(condition, place) ?? true;
  }

  /** Where `owner`'s values are looked up; what it refers to becomes a dependency of it. */
  context(owner: StackResource | undefined, seesResources = owner !== undefined): Context {
    const { problems } = this;
    const resource = (name: string, place: Place, what: string): StackResource | undefined => {
      const found = seesResources ? this.lookUp(name, place, what) : undefined;
      if (!seesResources) problems.add(place, `conditions cannot refer to ${name}: only to parameters`);
      if (found) owner?.refersTo(name);
      return found;
    };
    return {
      problems,
      mappings: member(this.template, 'Mappings'),
      isTrue: (condition, place) => this.conditions.isTrue(condition, place),
      ref: (name, place) => {
        const parameter = this.parameters.get(name);
        if (parameter) return { ...parameter, place };
        if (name.startsWith('AWS::')) return pseudoParameter(name, place, this.deployment, problems);
        return resource(this.stageId(name), place, 'Ref')?.ref(place) ?? broken(place);
      },
      attribute: (logicalId, attribute, place) =>
        resource(logicalId, place, 'Fn::GetAtt')?.attributeNode(attribute, place) ?? broken(place),
    };
  }

  private lookUp(name: string, place: Place, what: string): StackResource | undefined {
    const found = this.resources.get(name);
    if (found?.exists) return found;
    this.problems.add(
      place,
      found
        ? `${name} does not exist: its condition ${found.condition} is false`
        : `${what} names ${name}, which the template does not have`,
    );
    return undefined;
  }

  /** SAM lets a template write `Api.Stage` for the stage it generates. */
  private stageId(name: string): string {
    const [api, property] = name.split('.');
    if (property !== 'Stage' || api === undefined) return name;
    return this.resources.get(api)?.stageId ?? name;
  }

  private collectResources(): void {
    const globals = new Globals(member(this.template, 'Globals'), this.problems);
    const merge = globals.merge.bind(globals);
    const declared = declaredResources(member(this.template, 'Resources'), merge, this.problems);
    const generated = declared
      .filter((resource) => this.exists(resource))
      .flatMap((resource) => generatedResources(resource, this.problems));
    for (const resource of [...declared, ...generated]) this.add(resource);
    for (const { place, dependsOn } of declared) {
      const missing = dependsOn.find((logicalId) => !this.resources.has(logicalId));
      if (missing) this.problems.add(place, `DependsOn names ${missing}, which the template does not have`);
    }
  }

  private exists({ condition, place }: Resource): boolean {
    return condition === undefined || this.isTrue(condition, place);
  }

  private add(resource: Resource): void {
    const { logicalId, place, type, generatedFor } = resource;
    const other = this.resources.get(logicalId);
    // Several events may share one generated dead-letter queue.
    if (other?.generatedFor !== undefined && other.type === QUEUE && type === QUEUE) return;
    if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
      this.problems.add(place, `the logical id ${logicalId} must consist of letters and digits`);
    }
    if (other) {
      const message = `SAM generates ${logicalId} for ${generatedFor}, but there is such a resource already`;
      this.problems.add(place, message);
      return;
    }
    this.resources.set(logicalId, new StackResource(resource, this.exists(resource), this));
    const api = type === STAGE ? this.resources.get(generatedFor ?? '') : undefined;
    if (api) api.stageId = logicalId;
  }

  private indexArns(resource: StackResource): void {
    for (const value of new Set([resource.attribute('Arn'), resource.refValue])) {
      if (!value?.startsWith('arn:')) continue;
      const other = this.byArn.get(value);
      if (other) this.problems.add(resource.place, `${other.logicalId} has the same name: ${resource.name}`);
      this.byArn.set(value, resource);
    }
  }
}
