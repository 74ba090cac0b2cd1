import { queryLogs } from '../src/records/log-query';
import type { LogLine } from '../src/records/log-store';

const line = (number: number, more: Partial<LogLine>): LogLine => ({
  number,
  time: 1000 * number,
  function: 'Send',
  requestId: `r${number}`,
  stream: 'stdout',
  line: '',
  ...more,
});
const LINES = [
  line(1, { line: JSON.stringify({ level: 'INFO', message: 'Sent', room: 'lobby', millis: 5 }) }),
  line(2, { line: JSON.stringify({ level: 'ERROR', message: 'Failed', error: { name: 'TypeError' } }) }),
  line(3, { line: JSON.stringify({ level: 'INFO', message: 'Sent', room: 'attic', millis: 30 }) }),
  line(4, { function: 'Join', stream: 'stderr', line: 'plain text' }),
  line(5, {
    stream: 'platform',
    line: 'REPORT RequestId: r5\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB',
  }),
];

function rowsOf(query: string) {
  const result = queryLogs(LINES, query);
  if ('problem' in result) throw new Error(result.problem);
  return result.rows;
}

/** Returns the numbers of the lines that a condition matches. */
const matched = (condition: string) =>
  rowsOf(`fields @requestId | filter ${condition} | sort @requestId`).map(([id]) =>
    Number(String(id).slice(1)),
  );

describe('a query over logs', () => {
  it('returns the time and the text of all lines, newest first, if it contains no commands', () => {
    expect(queryLogs(LINES, ' # only a comment')).toEqual({
      columns: ['@timestamp', '@message'],
      rows: [...LINES].reverse().map(({ time, line }) => [new Date(time).toISOString(), line]),
      scanned: 5,
      matched: 5,
    });
  });

  it.each([
    ['level = "ERROR"', [2]],
    ["level != 'ERROR'", [1, 3]],
    ['error.name = "TypeError"', [2]],
    ['millis > 5', [3]],
    ['millis >= 5 and room = "lobby"', [1]],
    ['room = "attic" or room = "lobby" and millis > 5', [3]],
    ['(room = "attic" or room = "lobby") and not millis > 5', [1]],
    ['room in ["attic", "garden"]', [3]],
    ['room not in ["attic"]', [1]],
    ['@message like "plain"', [4]],
    ['@message like /(?i)PLAIN|failed/', [2, 4]],
    ['message not like /Sent/', [2]],
    ['ispresent(room)', [1, 3]],
    ['@function = "Join"', [4]],
    ['@type = "REPORT" and @duration > 12 and @memorySize = 128', [5]],
  ])('filters by %s', (condition, numbers) => {
    expect(matched(condition)).toEqual(numbers);
  });

  it('sorts numbers by value, and lines without the field last', () => {
    expect(rowsOf('fields millis | sort millis desc | limit 3')).toEqual([[30], [5], [null]]);
  });

  it('counts and aggregates groups, and returns the largest group first', () => {
    expect(
      queryLogs(LINES, 'filter ispresent(level) | stats count(*) as lines, avg(millis) by level'),
    ).toEqual({
      columns: ['level', 'lines', 'avg(millis)'],
      rows: [
        ['INFO', 2, 17.5],
        ['ERROR', 1, null],
      ],
      scanned: 5,
      matched: 3,
    });
    expect(rowsOf('stats count(room), sum(millis), min(millis), max(millis)')).toEqual([[2, 35, 5, 30]]);
  });

  it('filters and sorts groups', () => {
    const query = 'stats count(*) as lines by @function | filter lines >= 1 | sort lines';
    expect(rowsOf(query)).toEqual([
      ['Join', 1],
      ['Send', 4],
    ]);
  });

  it.each([
    ['parse @message "*"', 'The command "parse" is not supported. Use fields, filter, stats, sort, limit.'],
    ['fields', 'Expected a field, but found the end of the query.'],
    ['filter level', 'Expected =, !=, <, <=, >, >=, like or in, but found the end of the query.'],
    ['filter level = ERROR', 'Expected a text in quotes or a number, but found "ERROR".'],
    ['filter level like /(/', 'Invalid regular expression: /(/: Unterminated group'],
    ['stats pct(a, 95)', 'Expected count, sum, avg, min, max, but found "pct".'],
    ['stats count(*) | stats count(*)', 'A query can contain one stats command.'],
    ['fields a b', 'Expected "|" or the end of the query, but found "b".'],
    ['fields a; b', 'Unexpected ";" at position 9.'],
  ])('explains why %s is not valid', (query, problem) => {
    expect(queryLogs(LINES, query)).toEqual({ problem: expect.stringContaining(problem) });
  });
});
