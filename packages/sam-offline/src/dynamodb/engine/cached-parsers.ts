import conditionParser from 'dynalite/db/conditionParser';
import updateParser from 'dynalite/db/updateParser';

type Value = Readonly<Record<string, unknown>>;

/**
 * The context that dynalite passes to a parser. The parser removes the names and values that the expression uses from
 * `unusedAttrNames` and `unusedAttrVals`.
 */
export interface ParserContext {
  readonly attrNames?: Readonly<Record<string, string>> | null;
  readonly attrVals?: Readonly<Record<string, Value>> | null;
  readonly unusedAttrNames: Record<string, boolean>;
  readonly unusedAttrVals: Record<string, boolean>;
  readonly isKeyCondition?: boolean;
  compare(operator: 'GT', left: Value, right: Value): boolean;
}

/** Returns the parsed expression, or an error message. */
export type Parse = (text: string, options: { context: ParserContext }) => unknown;

interface Parsed {
  /** The parsed expression, with a `Placeholder` for each value. */
  readonly tree: unknown;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

class Placeholder {
  constructor(readonly name: string) {}
}

const MAX_PARSED = 1000;
/**
 * Matches the only function whose argument value the parser checks. For all other arguments, the parser checks only the type.
 */
const CHECKS_VALUES = /attribute_type/i;

/**
 * Caches parsed expressions, because parsing takes longer than the rest of a write. Expressions with the same text, names and
 * value types differ only in their values.
 */
export function cacheParsed(parse: Parse): Parse {
  const cache = new Map<string, Parsed>();
  return (text, options) => {
    const { context } = options;
    const key = createKey(text, context);
    const parsed = cache.get(key);
    const tree = parsed && fillIn(parsed.tree, context);
    if (tree === undefined) {
      const result = parse(text, options);
      if (typeof result === 'string' || parsed || CHECKS_VALUES.test(text)) return result;
      if (cache.size >= MAX_PARSED) cache.clear();
      cache.set(key, createParsed(result, context));
      return result;
    }
    for (const name of parsed?.names ?? []) delete context.unusedAttrNames[name];
    for (const name of parsed?.values ?? []) delete context.unusedAttrVals[name];
    return tree;
  };
}

function createKey(text: string, { attrNames, attrVals, isKeyCondition }: ParserContext): string {
  let key = `${isKeyCondition === true} ${text.length} ${text}`;
  for (const name in attrNames) key += ` ${name} ${attrNames[name]?.length} ${attrNames[name]}`;
  for (const name in attrVals) for (const type in attrVals[name]) key += ` ${name} ${type}`;
  return key;
}

function createParsed(result: unknown, { attrNames, attrVals, ...unused }: ParserContext): Parsed {
  const placeholders = new Map<unknown, Placeholder>();
  for (const name in attrVals) placeholders.set(attrVals[name], new Placeholder(name));
  const isUsed = (names: object) => (name: string) => !(name in names);
  return {
    tree: copy(result, (value) => placeholders.get(value)),
    names: Object.keys(attrNames ?? {}).filter(isUsed(unused.unusedAttrNames)),
    values: Object.keys(attrVals ?? {}).filter(isUsed(unused.unusedAttrVals)),
  };
}

/**
 * Replaces placeholders with values. Returns undefined if the bounds of a BETWEEN are in the wrong order. The parser then
 * returns the error.
 */
function fillIn(tree: unknown, { attrVals, compare }: ParserContext): unknown {
  let isValid = true;
  const filled = copy(tree, (node) => {
    if (node instanceof Placeholder) return attrVals?.[node.name];
    const { type, args } = node as { type?: unknown; args?: readonly unknown[] };
    const [, low, high] = type === 'between' ? (args ?? []) : [];
    if (low instanceof Placeholder && high instanceof Placeholder && attrVals)
      isValid &&= !compare('GT', attrVals[low.name] as Value, attrVals[high.name] as Value);
    return undefined;
  });
  return isValid ? filled : undefined;
}

/** Copies a tree of arrays and plain objects, with replacements. */
function copy(node: unknown, replace: (node: object) => unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  const replacement = replace(node);
  if (replacement !== undefined) return replacement;
  if (Array.isArray(node)) return node.map((item) => copy(item, replace));
  const copied = Object.create(Object.getPrototypeOf(node));
  for (const key of Object.keys(node)) copied[key] = copy((node as Record<string, unknown>)[key], replace);
  return copied;
}

for (const parser of [conditionParser, updateParser]) parser.parse = cacheParsed(parser.parse);
