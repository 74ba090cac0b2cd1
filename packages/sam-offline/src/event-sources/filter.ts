import { isObject, type JsonObject } from '../core/service';
import { compilePattern } from '../event-patterns/pattern';
import type { EventSourceMappingModel } from './model';

/**
 * Creates a function that returns whether a record matches at least one pattern of a mapping. `dataKey` is the record member
 * that contains the sender's data as text. A pattern for JSON data does not match text, and a pattern for text does not match a
 * JSON object.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-properly
 */
export function createFilter(
  filters: EventSourceMappingModel['filters'],
  dataKey?: string,
): (record: JsonObject) => boolean {
  if (filters.length === 0) return () => true;
  const compiled = filters.map((pattern) => ({ pattern, matches: compilePattern(pattern) }));
  return (record) => {
    const data = dataKey === undefined ? undefined : parseData(record[dataKey]);
    const event = dataKey !== undefined && data ? { ...record, [dataKey]: data } : record;
    return compiled.some(({ pattern, matches }) => {
      const expected = dataKey === undefined ? undefined : pattern[dataKey];
      if (expected !== undefined && isObject(expected) !== (data !== undefined)) return false;
      return matches(event);
    });
  };
}

function parseData(text: unknown): JsonObject | undefined {
  try {
    const data: unknown = JSON.parse(String(text));
    return isObject(data) ? data : undefined;
  } catch {
    return undefined;
  }
}
