/** A compiled path with variables in braces. */
export interface PathPattern {
  readonly pattern: RegExp;
  readonly variables: readonly string[];
  /** If several paths match, the path with the lowest rank is selected. */
  readonly rank: readonly number[];
}

const GREEDY = /\+\}$/;

/**
 * Compiles a path. The order of precedence is: paths without variables, paths with variables, paths with a greedy
 * variable, `{name+}`.
 */
export function compilePath(path: string): PathPattern {
  const variables: string[] = [];
  const source = path
    .split('/')
    .map((part) => {
      const name = /^\{(.+?)\+?\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      variables.push(name);
      return GREEDY.test(part) ? '(.+)' : '([^/]+)';
    })
    .join('/');
  return {
    variables,
    pattern: new RegExp(`^${source}$`),
    rank: [Number(GREEDY.test(path)), variables.length, -path.length],
  };
}

export function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** Returns the values of the variables by name. */
export function zipVariables(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
}
