import type { Problems } from '../problems';
import {
  createList,
  createMap,
  getMember,
  getText,
  type Node,
  type SourceLocation,
  toPlainValue,
} from '../yaml/node';

/** A resource that the template declares or SAM generates. Its properties are not evaluated. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly location: SourceLocation;
  readonly properties: Node;
  readonly metadata?: Node;
  /** The name of the resource's condition. */
  readonly condition?: string;
  readonly dependsOn: readonly string[];
  /** The logical ID of the resource for which SAM generates this one. */
  readonly generatedFor?: string;
}

/** Resource attributes that affect deployments only. */
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
    const type = getText(getMember(node, 'Type'));
    if (!checkAttributes(node, type, problems) || type === undefined) return [];
    const condition = getText(getMember(node, 'Condition'));
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
        dependsOn: readDependsOn(getMember(node, 'DependsOn')),
      },
    ];
  });
}

function checkAttributes(node: Node, type: string | undefined, problems: Problems): boolean {
  if (node.kind !== 'map' || type === undefined) {
    problems.add(node.location, 'Type is missing');
    return false;
  }
  for (const [key, { location }] of node.entries) {
    if (!ATTRIBUTES.includes(key))
      problems.report('warning', location, `${key} is not a resource attribute. It has no effect.`);
  }
  return true;
}

function readDependsOn(node: Node | undefined): string[] {
  const names = node?.kind === 'list' ? node : node && createList(node.location, [node]);
  const values = names ? toPlainValue(names) : [];
  return Array.isArray(values) ? values.map(String) : [];
}

/** Creates a resource that SAM generates for `parent`. It has the same condition. */
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
