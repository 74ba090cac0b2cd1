import { Conditions } from '../intrinsics/conditions';
import { type EvaluationContext, evaluate } from '../intrinsics/evaluate';
import { evaluatePseudoParameter } from '../intrinsics/pseudo-parameters';
import type { Problems } from '../problems';
import { PropertyMap } from '../property-map';
import { QUEUE, STAGE } from '../resource-types';
import { expandResource } from '../sam/expand-resource';
import { Globals } from '../sam/globals';
import { createInvalid, getMember, type Node, type SourceLocation } from '../yaml/node';
import type { Deployment } from './deployment';
import { type Resource, readResources } from './resource';
import { StackResource } from './stack-resource';

/** A template with its parameter values. Resolves references and evaluates conditions. */
export class Stack {
  private readonly conditions: Conditions;
  /** All resources, including those whose condition is false. */
  private readonly resources = new Map<string, StackResource>();
  private readonly byArn = new Map<string, StackResource>();

  constructor(
    private readonly template: Node,
    private readonly parameters: ReadonlyMap<string, Node>,
    readonly deployment: Deployment,
    readonly problems: Problems,
  ) {
    this.conditions = new Conditions(getMember(template, 'Conditions'), this.createContext(undefined));
    this.conditions.evaluateAll();
    this.collectResources();
    for (const resource of this.listResources()) this.indexArns(resource);
  }

  /** Lists the resources whose condition is true. */
  listResources(): StackResource[] {
    return [...this.resources.values()].filter((resource) => resource.exists);
  }

  findByArn(arn: string): StackResource | undefined {
    return this.byArn.get(arn);
  }

  /** Evaluates an output. */
  evaluateOutput(node: Node): PropertyMap {
    return new PropertyMap(evaluate(node, this.createContext(undefined, true)), this.problems);
  }

  isConditionTrue(condition: string, location: SourceLocation): boolean {
    return this.conditions.isTrue(condition, location) ?? true;
  }

  /** Creates the context for the values of `owner`. Resources they refer to become dependencies of `owner`. */
  createContext(
    owner: StackResource | undefined,
    canReferToResources = owner !== undefined,
  ): EvaluationContext {
    const { problems } = this;
    const resolveResource = (
      name: string,
      location: SourceLocation,
      functionName: string,
    ): StackResource | undefined => {
      if (!canReferToResources) {
        problems.add(location, `Conditions can refer to parameters only, not to the resource ${name}`);
        return undefined;
      }
      const found = this.findResource(name, location, functionName);
      if (found) owner?.addDependency(name);
      return found;
    };
    return {
      problems,
      mappings: getMember(this.template, 'Mappings'),
      isTrue: (condition, location) => this.conditions.isTrue(condition, location),
      ref: (name, location) => {
        const parameter = this.parameters.get(name);
        if (parameter) return { ...parameter, location };
        if (name.startsWith('AWS::')) {
          return evaluatePseudoParameter(name, location, this.deployment, problems);
        }
        const resource = resolveResource(this.resolveStageId(name), location, 'Ref');
        return resource?.getRef(location) ?? createInvalid(location);
      },
      getAttribute: (logicalId, attribute, location) =>
        resolveResource(logicalId, location, 'Fn::GetAtt')?.getAttributeNode(attribute, location) ??
        createInvalid(location),
    };
  }

  private findResource(
    name: string,
    location: SourceLocation,
    functionName: string,
  ): StackResource | undefined {
    const found = this.resources.get(name);
    if (found?.exists) return found;
    this.problems.add(
      location,
      found
        ? `${functionName} refers to ${name}, whose condition ${found.condition} is false`
        : `${functionName} refers to ${name}, which the template does not declare`,
    );
    return undefined;
  }

  /** SAM supports `Api.Stage` as a reference to the stage that it generates. */
  private resolveStageId(name: string): string {
    const [api, property] = name.split('.');
    if (property !== 'Stage' || api === undefined) return name;
    return this.resources.get(api)?.stageId ?? name;
  }

  private collectResources(): void {
    const globals = new Globals(getMember(this.template, 'Globals'), this.problems);
    const merge = globals.merge.bind(globals);
    const declared = readResources(getMember(this.template, 'Resources'), merge, this.problems);
    const generated = declared
      .filter((resource) => this.exists(resource))
      .flatMap((resource) => expandResource(resource, this.problems));
    for (const resource of [...declared, ...generated]) this.addResource(resource);
    for (const { location, dependsOn } of declared) {
      const missing = dependsOn.find((logicalId) => !this.resources.has(logicalId));
      if (missing) {
        this.problems.add(location, `DependsOn refers to ${missing}, which the template does not declare`);
      }
    }
  }

  private exists({ condition, location }: Resource): boolean {
    return condition === undefined || this.isConditionTrue(condition, location);
  }

  private addResource(resource: Resource): void {
    const { logicalId, location, type, generatedFor } = resource;
    const existing = this.resources.get(logicalId);
    // Several events can share a generated dead-letter queue.
    if (existing?.generatedFor !== undefined && existing.type === QUEUE && type === QUEUE) return;
    if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
      this.problems.add(location, `The logical ID ${logicalId} must contain letters and digits only`);
    }
    if (existing) {
      this.problems.add(
        location,
        `SAM generates the logical ID ${logicalId} for ${generatedFor}, but the template also declares it. ` +
          'Rename the declared resource.',
      );
      return;
    }
    this.resources.set(logicalId, new StackResource(resource, this.exists(resource), this));
    const api = type === STAGE ? this.resources.get(generatedFor ?? '') : undefined;
    if (api) api.stageId = logicalId;
  }

  private indexArns(resource: StackResource): void {
    for (const value of new Set([resource.getAttribute('Arn'), resource.refValue])) {
      if (!value?.startsWith('arn:')) continue;
      const other = this.byArn.get(value);
      if (other) {
        this.problems.add(
          resource.location,
          `${other.logicalId} also has the name ${resource.name}. Names must be unique.`,
        );
      }
      this.byArn.set(value, resource);
    }
  }
}
