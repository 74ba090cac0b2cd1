import type { Problems } from '../problems';
import {
  createMap,
  describeNode,
  getMember,
  getText,
  type Node,
  parseIntrinsic,
  type SourceLocation,
} from '../yaml/node';

/** A resource that the template declares or SAM generates. The properties are not evaluated. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly location: SourceLocation;
  readonly properties: Node;
  readonly metadata?: Node;
  /** The name of the resource's condition. */
  readonly condition?: string;
  readonly dependsOn: readonly string[];
  /** The logical ID of the resource for which SAM generates this resource. */
  readonly generatedFor?: string;
}

/** Resource attributes that affect only deployments. */
const INERT_ATTRIBUTES = [
  ...['Metadata', 'DeletionPolicy', 'UpdateReplacePolicy', 'UpdatePolicy', 'CreationPolicy', 'Connectors'],
  'Description',
];

const ATTRIBUTES = ['Type', 'Properties', 'Condition', 'DependsOn', 'IgnoreGlobals', ...INERT_ATTRIBUTES];

/** Reads the Resources section and reports invalid resource attributes. */
export function readResources(
  section: Node | undefined,
  mergeGlobals: (type: string, properties: Node | undefined, ignored: Node | undefined) => Node | undefined,
  problems: Problems,
): Resource[] {
  if (section?.kind !== 'map') return [];
  return [...section.entries].flatMap(([logicalId, node]) => {
    if (logicalId.startsWith('Fn::')) {
      problems.add(node.location, `Resources must contain resources only, not ${logicalId}`);
      return [];
    }
    const type = readType(node, problems);
    if (type === undefined) return [];
    checkAttributes(node, problems);
    const condition = readCondition(node, problems);
    const metadata = getMember(node, 'Metadata');
    const properties = mergeGlobals(type, getMember(node, 'Properties'), getMember(node, 'IgnoreGlobals'));
    return [
      {
        logicalId,
        type,
        location: node.location,
        properties: properties ?? createMap(node.location, {}),
        ...(metadata && { metadata }),
        ...(condition === undefined ? {} : { condition }),
        dependsOn: readDependsOn(getMember(node, 'DependsOn'), problems),
      },
    ];
  });
}

function readType(node: Node, problems: Problems): string | undefined {
  if (node.kind === 'invalid') return undefined;
  const call = parseIntrinsic(node);
  const type = getMember(node, 'Type');
  if (call) problems.add(node.location, `A resource must be a map with a Type, but is ${call.name}`);
  else if (type === undefined) problems.add(node.location, 'Type is missing');
  else if (!getText(type)) problems.add(type.location, `Type must be a string, but is ${describeNode(type)}`);
  return getText(type) || undefined;
}

function checkAttributes(node: Node, problems: Problems): void {
  for (const [key, { location }] of node.kind === 'map' ? node.entries : []) {
    if (!ATTRIBUTES.includes(key))
      problems.report('warning', location, `${key} is not a resource attribute. It has no effect.`);
  }
}

/**
 * Returns the name of the condition of a resource or an output. Returns undefined if there is no condition. Reports invalid
 * values.
 */
export function readCondition(node: Node, problems: Problems): string | undefined {
  const condition = getMember(node, 'Condition');
  const name = getText(condition);
  if (condition && condition.kind !== 'invalid' && name === undefined) {
    const message = `must be the name of a condition, but is ${describeNode(condition)}`;
    problems.add(condition.location, message);
  }
  return name;
}

function readDependsOn(node: Node | undefined, problems: Problems): string[] {
  const items = node?.kind === 'list' ? node.items : node === undefined ? [] : [node];
  for (const item of items) {
    if (getText(item) === undefined && item.kind !== 'invalid')
      problems.add(item.location, `DependsOn must name resources, but contains ${describeNode(item)}`);
  }
  return items.flatMap((item) => getText(item) ?? []);
}

/** Creates a resource that SAM generates for `parent`. The resource has the condition of `parent`. */
export function createGeneratedResource(
  parent: Resource,
  logicalId: string,
  type: string,
  properties?: Node,
): Resource {
  const location = properties?.location ?? parent.location;
  const { condition } = parent;
  return {
    logicalId,
    type,
    location,
    properties: properties ?? createMap(location, {}),
    dependsOn: [],
    generatedFor: parent.logicalId,
    ...(condition === undefined ? {} : { condition }),
  };
}
