import type { Problems } from '../problems';
import { list, map, member, type Node, type Place, plain, text } from '../yaml/node';

/** One entry of the Resources section, or one that SAM generates. Its properties are not evaluated yet. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly place: Place;
  readonly properties: Node;
  readonly metadata?: Node;
  /** The name of the condition it exists under. */
  readonly condition?: string;
  readonly dependsOn: readonly string[];
  /** The logical id of the resource that SAM generates this one for. */
  readonly generatedFor?: string;
}

/** Resource attributes that steer how AWS deploys a resource and change nothing about what it does. */
const INERT_ATTRIBUTES = [
  ...['Metadata', 'DeletionPolicy', 'UpdateReplacePolicy', 'UpdatePolicy', 'CreationPolicy', 'Connectors'],
];

const ATTRIBUTES = ['Type', 'Properties', 'Condition', 'DependsOn', 'IgnoreGlobals', ...INERT_ATTRIBUTES];

/** The resources as the template declares them, each checked for its outer form. */
export function declaredResources(
  section: Node | undefined,
  withGlobals: (type: string, properties: Node | undefined, ignored: Node | undefined) => Node | undefined,
  problems: Problems,
): Resource[] {
  if (section?.kind !== 'map') return [];
  return [...section.entries].flatMap(([logicalId, node]) => {
    const type = text(member(node, 'Type'));
    if (!checkOuterForm(node, type, problems) || type === undefined) return [];
    const condition = text(member(node, 'Condition'));
    const metadata = member(node, 'Metadata');
    const properties = withGlobals(type, member(node, 'Properties'), member(node, 'IgnoreGlobals'));
    return [
      {
        logicalId,
        type,
        place: node.place,
        properties: properties ?? { kind: 'map', place: node.place, entries: new Map() },
        ...(metadata && { metadata }),
        ...(condition === undefined ? {} : { condition }),
        dependsOn: dependencies(member(node, 'DependsOn')),
      },
    ];
  });
}

function checkOuterForm(node: Node, type: string | undefined, problems: Problems): boolean {
  if (node.kind !== 'map' || type === undefined) {
    problems.add(node.place, 'a resource needs a Type');
    return false;
  }
  for (const [key, { place }] of node.entries) {
    if (!ATTRIBUTES.includes(key)) problems.add(place, `a resource has no attribute ${key}`);
  }
  return true;
}

function dependencies(node: Node | undefined): string[] {
  const names = node?.kind === 'list' ? node : node && list(node.place, [node]);
  const values = names ? plain(names) : [];
  return Array.isArray(values) ? values.map(String) : [];
}

/** A resource that SAM generates for another one; it exists under the same condition. */
export function generated(parent: Resource, logicalId: string, type: string, properties?: Node): Resource {
  const place = properties?.place ?? parent.place;
  const { condition } = parent;
  return {
    logicalId,
    type,
    place,
    properties: properties ?? map(place, {}),
    dependsOn: [],
    generatedFor: parent.logicalId,
    ...(condition === undefined ? {} : { condition }),
  };
}
