import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Problems } from '../problems';
import { getMember, getText, type MapNode, type Node } from '../yaml/node';
import { parseYaml } from '../yaml/parse';

const TRANSFORM = 'Fn::Transform';

/**
 * Replaces each `Fn::Transform` with the macro AWS::Include, at any depth, with the members of a local file. Reports
 * other macros and files in S3.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
 *
 * @param root the folder of the template, which locations are relative to
 */
export function expandIncludes(node: Node, root: string, problems: Problems): Node {
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item) => expandIncludes(item, root, problems)) };
  if (node.kind !== 'map') return node;
  const transform = node.entries.get(TRANSFORM);
  const included = transform && readInclude(transform, root, problems);
  // A file can contain any value, if the transform is the only member.
  if (included && included.kind !== 'map' && node.entries.size === 1) return included;
  const own = [...node.entries].filter(([key]) => key !== TRANSFORM);
  const entries = own.map(([key, value]) => [key, expandIncludes(value, root, problems)] as const);
  return { ...node, entries: new Map([...membersOf(included), ...entries]) };
}

function membersOf(node: Node | undefined): MapNode['entries'] {
  return node?.kind === 'map' ? node.entries : new Map();
}

function readInclude(transform: Node, root: string, problems: Problems): Node | undefined {
  const name = getText(getMember(transform, 'Name'));
  const location = getText(getMember(getMember(transform, 'Parameters'), 'Location'));
  if (name !== 'AWS::Include' || location === undefined || /^\w+:\/\//.test(location)) {
    const what = name === 'AWS::Include' ? `The file ${location ?? '(not a string)'}` : `The macro ${name}`;
    problems.report('unsupported', transform.location, `${what} is not included. Use a local file.`);
    return undefined;
  }
  try {
    const text = readFileSync(resolve(root, location), 'utf8');
    const file = join(dirname(transform.location.file), location);
    return expandIncludes(parseYaml(text, file, problems), root, problems);
  } catch (error) {
    problems.add(transform.location, `The file ${location} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
