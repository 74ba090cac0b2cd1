import { JSONPath } from 'jsonpath-plus';

/** Returns the value at a JSONPath, such as `$.items[0].name`; undefined if there is none. */
export function readJsonPath(value: unknown, path: string): unknown {
  if (path === '$') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return JSONPath({ path, json: value, wrap: false, eval: 'safe' });
}
