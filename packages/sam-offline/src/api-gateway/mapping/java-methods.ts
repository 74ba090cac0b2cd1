/** The receiver and the arguments of a method call in a template. */
interface Call {
  readonly context: unknown;
  readonly property: string;
  readonly params: readonly unknown[];
}

type Method<Receiver> = (receiver: Receiver, ...parameters: never[]) => unknown;

/**
 * The methods of Java strings that JavaScript does not have, or that expect a regular expression where JavaScript expects text.
 * https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/String.html
 */
const STRING_METHODS: Readonly<Record<string, Method<string>>> = {
  contains: (text, part: unknown) => text.includes(String(part)),
  equals: (text, other: unknown) => text === other,
  equalsIgnoreCase: (text, other: unknown) => text.toLowerCase() === String(other).toLowerCase(),
  isEmpty: (text) => text === '',
  length: (text) => text.length,
  matches: (text, pattern: string) => new RegExp(`^(?:${pattern})$`).test(text),
  replace: (text, from: string, to: string) => text.split(from).join(to),
  replaceAll: (text, pattern: string, to: string) => text.replace(new RegExp(pattern, 'g'), to),
  replaceFirst: (text, pattern: string, to: string) => text.replace(new RegExp(pattern), to),
  split: (text, pattern: string) => text.split(new RegExp(pattern)),
};

const LIST_METHODS: Readonly<Record<string, Method<unknown[]>>> = {
  addAll: (list, items: unknown[]) => list.push(...items) > 0,
  contains: (list, item: unknown) => list.includes(item),
  isEmpty: (list) => list.length === 0,
};

const MAP_METHODS: Readonly<Record<string, Method<Record<string, unknown>>>> = {
  containsKey: (map, key: string) => Object.hasOwn(map, key),
  isEmpty: (map) => Object.keys(map).length === 0,
  putAll: (map, entries: object) => void Object.assign(map, entries),
  values: (map) => Object.values(map),
};

function findMethod({ context, property }: Call): Method<never> | undefined {
  const own = (methods: Readonly<Record<string, Method<never>>>) =>
    Object.hasOwn(methods, property) ? methods[property] : undefined;
  if (typeof context === 'string') return own(STRING_METHODS);
  if (Array.isArray(context)) return own(LIST_METHODS);
  if (typeof context !== 'object' || context === null || Object.hasOwn(context, property)) return undefined;
  return own(MAP_METHODS);
}

/** The methods of Java strings, lists and maps that templates can call. */
export const JAVA_METHODS = {
  uid: 'java',
  match: (call: Call) => findMethod(call) !== undefined,
  resolve: (call: Call) => findMethod(call)?.(call.context as never, ...(call.params as never[])),
};
