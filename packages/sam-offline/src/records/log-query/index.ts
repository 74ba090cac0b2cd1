import type { LogLine } from '../log-store';
import { compareScalars } from './expression';
import { createRecord, type LogRecord, type Scalar } from './log-record';
import { type Aggregation, type Command, parseQuery, type SortKey } from './parse-query';
import { QueryError } from './tokens';

export interface LogQueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (Scalar | null)[])[];
  /** The number of searched lines, and the number of lines that match the filters. */
  readonly scanned: number;
  readonly matched: number;
}

/** The reason why a query was not run. */
export interface LogQueryProblem {
  readonly problem: string;
}

const DEFAULT_COLUMNS = ['@timestamp', '@message'];
/** The maximum number of rows, which is also the default without `limit`. */
const MAX_ROWS = 1000;

/**
 * Runs a query over log lines. Supports a subset of the CloudWatch Logs Insights query language: `fields`, `filter`, `stats`
 * with `count`, `sum`, `avg`, `min` and `max`, `sort` and `limit`.
 *
 * @param lines the lines, oldest first. Without `sort` and `stats`, the newest lines are first in the result.
 */
export function queryLogs(lines: readonly LogLine[], query: string): LogQueryResult | LogQueryProblem {
  try {
    return run(lines, parseQuery(query));
  } catch (error) {
    if (error instanceof QueryError) return { problem: error.message };
    throw error;
  }
}

function run(lines: readonly LogLine[], commands: readonly Command[]): LogQueryResult {
  let records: readonly LogRecord[] = lines.map(createRecord).reverse();
  let columns = DEFAULT_COLUMNS as readonly string[];
  let matched: number | undefined;
  let limit = MAX_ROWS;
  for (const command of commands) {
    switch (command.kind) {
      case 'fields':
        columns = command.fields;
        break;
      case 'filter':
        records = records.filter(command.matches);
        break;
      case 'stats':
        matched = records.length;
        columns = [...command.groupBy, ...command.aggregations.map(({ name }) => name)];
        records = aggregate(records, command.aggregations, command.groupBy);
        break;
      case 'sort':
        records = sortRecords(records, command.keys);
        break;
      case 'limit':
        limit = Math.min(limit, command.count);
    }
  }
  matched ??= records.length;
  const rows = records.slice(0, limit).map((record) => columns.map((column) => record(column) ?? null));
  return { columns, rows, scanned: lines.length, matched };
}

/** Sorts records. Records without the field are last. */
function sortRecords(records: readonly LogRecord[], keys: readonly SortKey[]): LogRecord[] {
  return [...records].sort((a, b) => {
    for (const { field, isDescending } of keys) {
      const [x, y] = [a(field), b(field)];
      if (x === undefined || y === undefined) {
        if (x !== y) return x === undefined ? 1 : -1;
        continue;
      }
      const order = compareScalars(x, y);
      if (order !== 0) return isDescending ? -order : order;
    }
    return 0;
  });
}

/** Groups records. The largest groups are first. */
function aggregate(
  records: readonly LogRecord[],
  aggregations: readonly Aggregation[],
  groupBy: readonly string[],
): LogRecord[] {
  const groups = new Map<string, LogRecord[]>();
  for (const record of records) {
    const key = JSON.stringify(groupBy.map((field) => record(field) ?? null));
    const group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return [...groups.values()]
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const values = new Map<string, Scalar | undefined>(groupBy.map((field) => [field, group[0]?.(field)]));
      for (const aggregation of aggregations) values.set(aggregation.name, computeValue(group, aggregation));
      return (field) => values.get(field);
    });
}

function computeValue(
  group: readonly LogRecord[],
  { function: name, field }: Aggregation,
): Scalar | undefined {
  if (field === undefined) return group.length;
  const values = group.flatMap((record) => record(field) ?? []);
  if (name === 'count') return values.length;
  const numbers = values.map(Number).filter((value) => !Number.isNaN(value));
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, value) => total + value, 0);
  if (name === 'sum') return sum;
  if (name === 'avg') return sum / numbers.length;
  return numbers.reduce((best, value) => (name === 'min' ? Math.min(best, value) : Math.max(best, value)));
}
