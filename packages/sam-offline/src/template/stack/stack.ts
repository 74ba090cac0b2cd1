import { getOwnMember } from '../../json/own-member';
import type { Catalog } from '../catalog';
import { Conditions } from '../intrinsics/conditions';
import { type EvaluationContext, evaluate } from '../intrinsics/evaluate';
import { evaluatePseudoParameter } from '../intrinsics/pseudo-parameters';
import type { Problems } from '../problems';
import { PropertyMap } from '../property-map';
import type { ResolvedValues, ValueKind } from '../resolved-values';
import {
  ALIAS,
  DEPLOYMENT,
  FUNCTION_URL,
  HTTP_API,
  QUEUE,
  REST_API,
  REST_DEPLOYMENT,
  REST_STAGE,
  SECRET,
  SSM_PARAMETER,
  STAGE,
  VERSION,
} from '../resource-types';
import { expandResource } from '../sam/expand-resource';
import { Globals } from '../sam/globals';
import { createInvalid, getMember, type Node, type SourceLocation } from '../yaml/node';
import type { Deployment } from './deployment';
import { type Resource, readResources } from './resource';
import { StackResource } from './stack-resource';

/**
 * The types of generated resources that several events can share: dead-letter queues, implicit APIs, and the parts of implicit
 * APIs.
 */
const SHARED_TYPES: readonly string[] = [
  ...[QUEUE, HTTP_API, STAGE, REST_API, REST_STAGE, REST_DEPLOYMENT],
  ...['AWS::ApiGateway::UsagePlan', 'AWS::ApiGateway::ApiKey', 'AWS::ApiGateway::UsagePlanKey'],
];

/** The properties that templates use to refer to generated resources, for example `Api.Stage`. */
const REFERABLE: Readonly<Record<string, string>> = {
  [STAGE]: 'Stage',
  [REST_STAGE]: 'Stage',
  [ALIAS]: 'Alias',
  [VERSION]: 'Version',
  [DEPLOYMENT]: 'Deployment',
  [REST_DEPLOYMENT]: 'Deployment',
};

export interface StackOptions {
  readonly template: Node;
  /** The parameter values by name. */
  readonly parameters: ReadonlyMap<string, Node>;
  readonly deployment: Deployment;
  readonly problems: Problems;
  readonly catalog: Catalog;
  /** The absolute path of the template's folder. */
  readonly root: string;
  readonly resolved: ResolvedValues;
  /** Whether to report functions without a source file as unsupported. */
  readonly requireSources: boolean;
}

/** A template with its parameter values. Resolves references and evaluates conditions. */
export class Stack {
  private readonly conditions: Conditions;
  /** All resources, including those whose condition is false. */
  private readonly resources = new Map<string, StackResource>();
  private readonly byArn = new Map<string, StackResource>();

  readonly deployment: Deployment;
  readonly problems: Problems;
  readonly catalog: Catalog;
  readonly root: string;
  readonly requireSources: boolean;
  private readonly template: Node;

  constructor(private readonly options: StackOptions) {
    const { template, deployment, problems, catalog, root } = options;
    this.template = template;
    this.deployment = deployment;
    this.problems = problems;
    this.catalog = catalog;
    this.root = root;
    this.requireSources = options.requireSources;
    this.conditions = new Conditions(getMember(template, 'Conditions'), this.createContext(undefined));
    this.conditions.evaluateAll();
    this.collectResources();
    for (const resource of this.listResources()) this.indexArns(resource);
  }

  /** Lists the resources that have no condition or whose condition is true. */
  listResources(): StackResource[] {
    return [...this.resources.values()].filter((resource) => resource.exists);
  }

  /** Lists the existing resources of the given types. */
  listResourcesOf(...types: readonly string[]): StackResource[] {
    return this.listResources().filter(({ type }) => types.includes(type));
  }

  /**
   * Finds a resource by ARN. Ignores the qualifier in a function ARN, because the runtime has only one version of a function.
   */
  findByArn(arn: string): StackResource | undefined {
    return this.byArn.get(arn) ?? this.byArn.get(arn.replace(/(:function:[^:]+):[^:]+$/, '$1'));
  }

  /** Evaluates the properties of a resource and replaces dynamic references. */
  evaluateProperties(resource: StackResource, properties: Node): Node {
    const value = evaluate(properties, this.createContext(resource));
    return this.options.resolved.resolveReferences(value, (kind, id) => this.findValue(kind, id));
  }

  /** Returns the value of a parameter or secret in the template, by name or ARN. */
  private findValue(kind: ValueKind, id: string): string | undefined {
    const type = kind === 'secret' ? SECRET : SSM_PARAMETER;
    const declared = this.listResourcesOf(type).find(
      ({ name, refValue }) => name === id || refValue === id || refValue.replace(/-\w{6}$/, '') === id,
    );
    return declared?.getProperty(kind === 'secret' ? 'SecretString' : 'Value');
  }

  /** Evaluates an output. */
  evaluateOutput(node: Node): PropertyMap {
    return new PropertyMap(evaluate(node, this.createContext(undefined, true)), this.problems);
  }

  isConditionTrue(condition: string, location: SourceLocation): boolean {
    return this.conditions.isTrue(condition, location) ?? true;
  }

  /**
   * Creates the context for evaluating values of `owner`. Resources that these values refer to become dependencies of `owner`.
   */
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
      isGenerated: (name) => this.findGenerated(name) !== undefined,
      ref: (name, location) => {
        const parameter = this.options.parameters.get(name);
        if (parameter) return { ...parameter, location };
        if (name.startsWith('AWS::')) {
          return evaluatePseudoParameter(name, location, this.deployment, problems);
        }
        const resource = resolveResource(this.findGenerated(name) ?? name, location, 'Ref');
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

  /** Returns the logical ID of the generated resource for a reference such as `Api.Stage`. */
  private findGenerated(name: string): string | undefined {
    const [logicalId = '', property = ''] = name.split('.');
    return this.resources.get(logicalId)?.generatedIds.get(property);
  }

  private collectResources(): void {
    const globals = new Globals(getMember(this.template, 'Globals'), this.problems);
    const merge = globals.merge.bind(globals);
    const declared = readResources(getMember(this.template, 'Resources'), merge, this.problems);
    const generated = declared
      .filter((resource) => this.exists(resource))
      .flatMap((resource) => expandResource(resource, this.catalog, this.problems))
      .flatMap((resource) => this.completeImplicitApi(resource, merge));
    for (const resource of [...declared, ...generated]) this.addResource(resource);
    for (const { location, dependsOn } of declared) {
      for (const missing of dependsOn.filter((logicalId) => !this.resources.has(logicalId))) {
        this.problems.add(location, `DependsOn refers to ${missing}, which the template does not declare`);
      }
    }
  }

  /**
   * Applies the Globals to an implicit API. For an implicit REST API, also creates the additional resources that SAM generates.
   */
  private completeImplicitApi(resource: Resource, merge: Globals['merge']): Resource[] {
    if (resource.type !== HTTP_API && resource.type !== REST_API) return [resource];
    const properties = merge(resource.type, resource.properties, undefined) ?? resource.properties;
    const api = { ...resource, properties };
    return api.type === REST_API ? [api, ...expandResource(api, this.catalog, this.problems)] : [api];
  }

  private exists({ condition, location }: Resource): boolean {
    return condition === undefined || this.isConditionTrue(condition, location);
  }

  private addResource(resource: Resource): void {
    const { logicalId, location, type, generatedFor } = resource;
    const existing = this.resources.get(logicalId);
    const isShared = existing?.generatedFor !== undefined && SHARED_TYPES.includes(type);
    if (isShared && existing.type === type) return;
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
    const property = getOwnMember(REFERABLE, type);
    if (property !== undefined) this.resources.get(generatedFor ?? '')?.generatedIds.set(property, logicalId);
  }

  private indexArns(resource: StackResource): void {
    // `findByArn` resolves the ARNs of aliases and versions to the function.
    if (resource.type === ALIAS || resource.type === VERSION) return;
    // `Ref` of a function URL is the ARN of the function.
    if (resource.type === FUNCTION_URL) return;
    for (const value of new Set([resource.getAttribute('Arn'), resource.refValue])) {
      if (!value?.startsWith('arn:')) continue;
      const other = this.byArn.get(value);
      if (other?.type === resource.type) {
        this.problems.add(
          resource.location,
          `${other.logicalId} also has the name ${resource.name}. Names must be unique.`,
        );
      }
      this.byArn.set(value, resource);
    }
  }
}
