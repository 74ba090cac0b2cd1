import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  type YAMLError,
  type YAMLMap,
  type Node as YamlNode,
} from 'yaml';
import type { Problems } from '../problems';
import { createInvalid, createList, createMap, createScalar, type Node, type SourceLocation } from './node';
import { parsePlainScalar, toDecimalText } from './scalars';

/**
 * Parses YAML or JSON to nodes. Converts short tags to intrinsic functions (`!Sub x` to `Fn::Sub: x`) and resolves anchors,
 * aliases and merge keys. Reports repeated keys and the first syntax error to `problems`.
 */
export function parseYaml(source: string, file: string, problems: Problems): Node {
  const lines = new LineCounter();
  const document = parseDocument(source, {
    version: '1.1',
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    // CloudFormation uses the last value of a repeated key. `readMembers` warns about repeated keys.
    uniqueKeys: false,
  });
  // Reports only the first error, because the parser misreads the lines after it.
  const [error] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (error) {
    const location = { file, line: lines.linePos(error.pos[0]).line, path: '' };
    problems.add(location, describeError(error, source.split('\n')[location.line - 1] ?? ''));
    return createInvalid(location);
  }
  return new NodeReader(document, file, lines, problems).read(document.contents, { file, line: 1, path: '' });
}

/** Error codes for unquoted text that starts with { or [. YAML parses such text as a map or a list. */
const MISREAD_TEXT: readonly string[] = ['UNEXPECTED_TOKEN', 'MISSING_CHAR', 'BAD_INDENT'];

/**
 * Returns the message of the parser. Replaces messages that mention internals of the parser or of JavaScript, and adds a hint
 * if the text must be quoted.
 */
function describeError({ code, message }: YAMLError, line: string): string {
  if (code === 'MULTIPLE_DOCS')
    return 'The file contains more than one YAML document. Move each document to its own file.';
  if (code === 'RESOURCE_EXHAUSTION' || message.includes('call stack'))
    return 'The value is nested too deeply';
  const isText = MISREAD_TEXT.includes(code) && /(?:^|[:-] )\s*[{[]/.test(line);
  return isText ? `${message}. Quote a text that starts with { or [.` : message;
}

/** The maximum number of values from aliases. Without a limit, aliases that refer to other aliases can use all memory. */
const MAX_ALIASED_VALUES = 100_000;

class NodeReader {
  /** The nodes that are being read. Used to detect circular aliases. */
  private readonly reading = new Set<unknown>();
  /** Caches the targets of aliases, because resolving an alias visits the whole document. */
  private readonly targets = new Map<Alias, unknown>();
  /** The location of the outermost alias that is being read. */
  private outerAlias: SourceLocation | undefined;
  private aliasedValues = 0;

  constructor(
    private readonly document: Document,
    private readonly file: string,
    private readonly lines: LineCounter,
    private readonly problems: Problems,
  ) {}

  read(node: unknown, location: SourceLocation): Node {
    if (this.reading.has(node)) return this.reject(location, 'An alias refers to a value that contains it');
    if (this.outerAlias && ++this.aliasedValues > MAX_ALIASED_VALUES) {
      if (this.aliasedValues > MAX_ALIASED_VALUES + 1) return createInvalid(location);
      return this.reject(this.outerAlias, `The aliases expand to more than ${MAX_ALIASED_VALUES} values`);
    }
    this.reading.add(node);
    const value = isAlias(node) ? this.readAlias(node, location) : this.readTagged(node, location);
    this.reading.delete(node);
    return value;
  }

  private readAlias(alias: Alias, location: SourceLocation): Node {
    const target = this.targets.get(alias) ?? alias.resolve(this.document);
    this.targets.set(alias, target);
    if (target === undefined) return this.reject(location, `The anchor &${alias.source} does not exist`);
    const outer = this.outerAlias;
    this.outerAlias ??= location;
    const value = this.read(target, location);
    this.outerAlias = outer;
    return value;
  }

  private readTagged(node: unknown, location: SourceLocation): Node {
    const tag = (node as YamlNode | null)?.tag;
    if (tag === undefined || tag === '!') return this.readContent(node, location);
    if (tag.startsWith('!')) {
      const name = tag.slice(1);
      const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
      return createMap(location, { [key]: this.readContent(node, location) });
    }
    const type = tag.replace('tag:yaml.org,2002:', '');
    if (type === 'str' && isScalar(node)) return createScalar(location, String(node.value));
    if (['map', 'seq', 'int', 'float', 'bool', 'null'].includes(type))
      return this.readContent(node, location);
    return this.reject(location, `CloudFormation does not support the YAML tag !!${type}`);
  }

  private readContent(node: unknown, location: SourceLocation): Node {
    if (isMap(node)) return { kind: 'map', location, entries: this.readMembers(node, location) };
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.read(item, this.locate(item, location, String(index))),
      );
      return createList(location, items);
    }
    if (!isScalar(node)) return createScalar(location, null);
    const value = String(node.value ?? '');
    const isPlain = node.type === Scalar.PLAIN && node.tag === undefined;
    if (!isPlain) return createScalar(location, value);
    const text = toDecimalText(value);
    return { ...createScalar(location, parsePlainScalar(value)), ...(text !== undefined && { text }) };
  }

  private readMembers(node: YAMLMap, location: SourceLocation): Map<string, Node> {
    const entries = new Map<string, Node>();
    const merged: Node[] = [];
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const at = this.locate(key, location, name);
      if (!isScalar(key)) this.problems.add(at, 'A key must be a string');
      else if (name === '<<') merged.push(this.read(value, at));
      else {
        if (entries.has(name))
          this.problems.report('warning', at, `The key ${name} is repeated. The last value applies.`);
        entries.set(name, this.read(value, at));
      }
    }
    for (const source of merged.flatMap((value) => (value.kind === 'list' ? value.items : [value]))) {
      if (source.kind !== 'map')
        this.problems.add(source.location, 'A merge key (<<) requires a map or a list of maps');
      else for (const [key, value] of source.entries) if (!entries.has(key)) entries.set(key, value);
    }
    return entries;
  }

  private locate(node: unknown, parent: SourceLocation, key: string): SourceLocation {
    const offset = (node as YamlNode | null)?.range?.[0];
    const line = offset === undefined ? parent.line : this.lines.linePos(offset).line;
    return { file: this.file, line, path: parent.path === '' ? key : `${parent.path}.${key}` };
  }

  private reject(location: SourceLocation, message: string): Node {
    this.problems.add(location, message);
    return createInvalid(location);
  }
}
