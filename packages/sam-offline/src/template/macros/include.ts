import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Problems } from '../problems';
import { getMember, getText, type MapNode, type Node } from '../yaml/node';
import { parseYaml } from '../yaml/parse';

const TRANSFORM = 'Fn::Transform';

/**
 * Expands the macro AWS::Include. Replaces each `Fn::Transform` that uses this macro, at any depth, with the members of a local
 * file. Reports other macros and files in S3.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
 *
 * @param root the folder of the template. The locations of files are relative to this folder.
 */
export function expandIncludes(node: Node, root: string, problems: Problems): Node {
  return expand(node, { root, problems, files: [] });
}

interface Expansion {
  readonly root: string;
  readonly problems: Problems;
  /** The files that include the node. */
  readonly files: readonly string[];
}

function expand(node: Node, expansion: Expansion): Node {
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => expand(item, expansion)) };
  if (node.kind !== 'map') return node;
  const transform = node.entries.get(TRANSFORM);
  const included = transform && readInclude(transform, expansion);
  // If the transform is the only member, the file can contain any value.
  if (included && included.kind !== 'map' && node.entries.size === 1) return included;
  const own = [...node.entries].filter(([key]) => key !== TRANSFORM);
  const entries = own.map(([key, value]) => [key, expand(value, expansion)] as const);
  return { ...node, entries: new Map([...membersOf(included), ...entries]) };
}

function membersOf(node: Node | undefined): MapNode['entries'] {
  return node?.kind === 'map' ? node.entries : new Map();
}

function readInclude(transform: Node, expansion: Expansion): Node | undefined {
  const { root, problems, files } = expansion;
  const name = getText(getMember(transform, 'Name'));
  const location = getText(getMember(getMember(transform, 'Parameters'), 'Location'));
  if (name !== 'AWS::Include' || location === undefined || /^\w+:\/\//.test(location)) {
    const what =
      name === 'AWS::Include'
        ? `The file ${location ?? '(not a string)'}`
        : `The macro ${name ?? '(without a name)'}`;
    problems.report('unsupported', transform.location, `${what} is not included. Use a local file.`);
    return undefined;
  }
  const path = resolve(root, location);
  if (files.includes(path)) {
    problems.add(transform.location, `The file ${location} includes itself`);
    return undefined;
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.add(transform.location, `The file ${location} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
  const file = join(dirname(transform.location.file), location);
  return expand(parseYaml(text, file, problems), { ...expansion, files: [...files, path] });
}
