import { type JSONValue, jsonpath } from 'json-p3';

/** Returns the value at a JSONPath, such as `$.items[0].name`, or all values if the path can select several. */
export function readJsonPath(value: unknown, path: string): unknown {
  if (path === '$') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const query = jsonpath.compile(quoteNames(path));
  const values = query.query(value as JSONValue).values();
  return query.singularQuery() ? values[0] : values;
}

/** API Gateway accepts names with a hyphen after a dot, RFC 9535 in brackets only. Paths with a filter are unchanged. */
function quoteNames(path: string): string {
  return path.includes('?') ? path : path.replace(/\.(\w*-[\w-]*)/g, "['$1']");
}
