import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  type YAMLMap,
  type Node as YamlNode,
} from 'yaml';
import type { Problems } from '../problems';
import { broken, list, map, type Node, type Place, scalar } from './node';
import { plainScalar } from './scalars';

/**
 * Reads YAML (or JSON, which is YAML too) into nodes, as SAM reads a template: short tags become the functions
 * they stand for (`!Sub x` is `Fn::Sub: x`), anchors, aliases and merge keys are resolved.
 *
 * What is wrong with the syntax goes to `problems`.
 */
export function parseYaml(source: string, file: string, problems: Problems): Node {
  const lines = new LineCounter();
  const document = parseDocument(source, {
    version: '1.1',
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  for (const error of document.errors) {
    problems.add({ file, line: lines.linePos(error.pos[0]).line, path: '' }, error.message);
  }
  return new Reader(document, file, lines, problems).read(document.contents, { file, line: 1, path: '' });
}

class Reader {
  /** Anchors that are being read: an alias to one of them would never end. */
  private readonly open = new Set<unknown>();

  constructor(
    private readonly document: Document,
    private readonly file: string,
    private readonly lines: LineCounter,
    private readonly problems: Problems,
  ) {}

  read(node: unknown, place: Place): Node {
    if (this.open.has(node)) return this.refuse(place, 'an alias refers to a value that contains it');
    this.open.add(node);
    const value = isAlias(node) ? this.read(node.resolve(this.document), place) : this.tagged(node, place);
    this.open.delete(node);
    return value;
  }

  private tagged(node: unknown, place: Place): Node {
    const tag = (node as YamlNode | null)?.tag;
    if (tag === undefined || tag === '!') return this.content(node, place);
    if (tag.startsWith('!')) {
      const name = tag.slice(1);
      const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
      return map(place, { [key]: this.content(node, place) });
    }
    const type = tag.replace('tag:yaml.org,2002:', '');
    if (type === 'str' && isScalar(node)) return scalar(place, String(node.value));
    if (['map', 'seq', 'int', 'float', 'bool', 'null'].includes(type)) return this.content(node, place);
    return this.refuse(place, `the YAML tag !!${type} is not supported by CloudFormation`);
  }

  private content(node: unknown, place: Place): Node {
    if (isMap(node)) return { kind: 'map', place, entries: this.members(node, place) };
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.read(item, this.placeOf(item, place, String(index))),
      );
      return list(place, items);
    }
    if (!isScalar(node)) return scalar(place, null);
    const value = String(node.value ?? '');
    const isPlain = node.type === Scalar.PLAIN && node.tag === undefined;
    return scalar(place, isPlain ? plainScalar(value) : value);
  }

  private members(node: YAMLMap, place: Place): Map<string, Node> {
    const entries = new Map<string, Node>();
    const merged: Node[] = [];
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const at = this.placeOf(key, place, name);
      if (!isScalar(key)) this.problems.add(at, 'a key must be a string');
      else if (name === '<<') merged.push(this.read(value, at));
      else entries.set(name, this.read(value, at));
    }
    for (const source of merged.flatMap((value) => (value.kind === 'list' ? value.items : [value]))) {
      if (source.kind !== 'map')
        this.problems.add(source.place, 'a merge key (<<) takes a map or a list of maps');
      else for (const [key, value] of source.entries) if (!entries.has(key)) entries.set(key, value);
    }
    return entries;
  }

  private placeOf(node: unknown, parent: Place, key: string): Place {
    const offset = (node as YamlNode | null)?.range?.[0];
    const line = offset === undefined ? parent.line : this.lines.linePos(offset).line;
    return { file: this.file, line, path: parent.path === '' ? key : `${parent.path}.${key}` };
  }

  private refuse(place: Place, message: string): Node {
    this.problems.add(place, message);
    return broken(place);
  }
}
