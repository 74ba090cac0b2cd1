import type { Problems } from '../problems';
import { createMap, getMember, getText, type MapNode, type Node, parseIntrinsic } from '../yaml/node';
import { expandForEach } from './for-each';
import { expandIncludes } from './include';

/**
 * Expands the macros of a template before anything is evaluated: AWS::Include with local files, and the loops of
 * AWS::LanguageExtensions.
 *
 * @param root the folder of the template
 * @param parameters the values of the parameters, over which loops can iterate
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

/** Adds the transform AWS::Include of the top level as an `Fn::Transform`, which has the same meaning. */
function moveTransform(template: Node): Node {
  const transform = getMember(template, 'Transform');
  const items = transform?.kind === 'list' ? transform.items : transform ? [transform] : [];
  const include = items.find((item) => getText(getMember(item, 'Name')) === 'AWS::Include');
  if (!include || template.kind !== 'map') return template;
  const added = createMap(include.location, { 'Fn::Transform': include }) as MapNode;
  return { ...template, entries: new Map([...template.entries, ...added.entries]) };
}

/** Returns the strings of a list, or of a parameter with a list. */
function listStrings(node: Node, parameters: ReadonlyMap<string, Node>): string[] | undefined {
  const call = parseIntrinsic(node);
  const value = call?.name === 'Ref' ? parameters.get(getText(call.argument) ?? '') : node;
  if (value?.kind !== 'list') return undefined;
  const strings = value.items.flatMap((item) =>
    parseIntrinsic(item) ? (listStrings(item, parameters) ?? [undefined]) : [getText(item)],
  );
  return strings.some((text) => text === undefined) ? undefined : (strings as string[]);
}
