import type { Problems } from '../problems';
import { createMap, getMember, getText, type MapNode, type Node, parseIntrinsic } from '../yaml/node';
import { expandForEach } from './for-each';
import { expandIncludes } from './include';

/**
 * Expands the macros of a template: AWS::Include with local files, and the loops of AWS::LanguageExtensions. Intrinsic
 * functions are evaluated later.
 *
 * @param root the folder of the template
 * @param parameters the values of the template's parameters. Loops can iterate over lists in parameters.
 */
export function expandMacros(
  template: Node,
  root: string,
  parameters: ReadonlyMap<string, Node>,
  problems: Problems,
): Node {
  const included = expandIncludes(moveTransform(template), root, problems);
  return expandForEach(included, (node) => listStrings(node, parameters), problems);
}

/** Converts AWS::Include in the top-level Transform section to an `Fn::Transform`, which has the same meaning. */
function moveTransform(template: Node): Node {
  const transform = getMember(template, 'Transform');
  const items = transform?.kind === 'list' ? transform.items : transform ? [transform] : [];
  const include = items.find((item) => getText(getMember(item, 'Name')) === 'AWS::Include');
  if (!include || template.kind !== 'map') return template;
  const added = createMap(include.location, { 'Fn::Transform': include }) as MapNode;
  return { ...template, entries: new Map([...template.entries, ...added.entries]) };
}

/** Returns the strings in a list or in a list parameter. */
function listStrings(node: Node, parameters: ReadonlyMap<string, Node>): string[] | undefined {
  const call = parseIntrinsic(node);
  const value = call?.name === 'Ref' ? parameters.get(getText(call.argument) ?? '') : node;
  if (value?.kind !== 'list') return undefined;
  const strings = value.items.flatMap((item) =>
    parseIntrinsic(item) ? (listStrings(item, parameters) ?? [undefined]) : [getText(item)],
  );
  return strings.some((text) => text === undefined) ? undefined : (strings as string[]);
}
