import { isObject } from '../core/service';

/** Returns the nested member at a path, or undefined if there is none. Inherited members do not count. */
export function followPath(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}
