import { isObject } from '../core/service';

/** Returns the nested member at a path, or undefined if it does not exist. Ignores inherited members. */
export function followPath(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isObject(current) || !Object.hasOwn(current, name)) return undefined;
    current = current[name];
  }
  return current;
}
