import { type Matcher, parseCondition } from './expression';
import { QueryError, TokenReader, tokenize } from './tokens';

const FUNCTIONS = ['count', 'sum', 'avg', 'min', 'max'] as const;

export interface Aggregation {
  readonly function: (typeof FUNCTIONS)[number];
  /** The aggregated field. Absent for `count(*)`. */
  readonly field?: string;
  /** The name of the column. */
  readonly name: string;
}

export interface SortKey {
  readonly field: string;
  readonly isDescending: boolean;
}

export type Command =
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  | { readonly kind: 'filter'; readonly matches: Matcher }
  | {
      readonly kind: 'stats';
      readonly aggregations: readonly Aggregation[];
      readonly groupBy: readonly string[];
    }
  | { readonly kind: 'sort'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'limit'; readonly count: number };

const PARSERS: Readonly<Record<string, (reader: TokenReader) => Command>> = {
  fields: (reader) => ({ kind: 'fields', fields: parseFields(reader) }),
  filter: (reader) => ({ kind: 'filter', matches: parseCondition(reader) }),
  stats: parseStats,
  sort: (reader) => ({ kind: 'sort', keys: reader.list(parseSortKey) }),
  limit: (reader) => ({ kind: 'limit', count: Number(reader.next('a number', 'number').value) }),
};

/**
 * Parses a query.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 *
 * @throws QueryError if the query is not valid, or uses an unsupported part of the language
 */
export function parseQuery(query: string): Command[] {
  const reader = new TokenReader(tokenize(query));
  if (reader.isAtEnd) return [];
  const commands = [parseCommand(reader)];
  while (reader.take('|')) commands.push(parseCommand(reader));
  if (!reader.isAtEnd) throw reader.expected('"|" or the end of the query');
  if (commands.filter(({ kind }) => kind === 'stats').length > 1)
    throw new QueryError('A query can contain one stats command.');
  return commands;
}

function parseCommand(reader: TokenReader): Command {
  const names = Object.keys(PARSERS).join(', ');
  const { value } = reader.next(`a command (${names})`, 'name');
  const parser = Object.hasOwn(PARSERS, value.toLowerCase()) ? PARSERS[value.toLowerCase()] : undefined;
  if (!parser) throw new QueryError(`The command "${value}" is not supported. Use ${names}.`);
  return parser(reader);
}

function parseFields(reader: TokenReader): string[] {
  return reader.list(() => reader.next('a field', 'name').value);
}

function parseSortKey(reader: TokenReader): SortKey {
  const { value: field } = reader.next('a field', 'name');
  const isDescending = reader.take('desc');
  if (!isDescending) reader.take('asc');
  return { field, isDescending };
}

function parseStats(reader: TokenReader): Command {
  const aggregations = reader.list(parseAggregation);
  return { kind: 'stats', aggregations, groupBy: reader.take('by') ? parseFields(reader) : [] };
}

function parseAggregation(reader: TokenReader): Aggregation {
  const name = FUNCTIONS.find((each) => reader.take(each));
  if (!name) throw reader.expected(FUNCTIONS.join(', '));
  reader.require('(');
  const field = name === 'count' && reader.take('*') ? undefined : reader.next('a field', 'name').value;
  reader.require(')');
  const alias = reader.take('as') ? reader.next('a name', 'name').value : `${name}(${field ?? '*'})`;
  return { function: name, ...(field === undefined ? {} : { field }), name: alias };
}
