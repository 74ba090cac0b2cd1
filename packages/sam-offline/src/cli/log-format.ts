import type { LogEntry } from '../lambda';

/** Members of a structured log that a person at a terminal does not need to see on every line. */
const BORING = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'sampling_rate',
  'xray_trace_id',
]);

/**
 * A line for the terminal from a line that the function `name` wrote: structured logs become `INFO  Name  message key=value …`,
 * metrics in embedded format and Lambda's own START, END and REPORT lines are left out.
 */
export function formatLog({ stream, line }: LogEntry, name: string): string | undefined {
  if (stream === 'platform')
    return /^(?:START|END|REPORT|INIT_START)\b/.test(line) ? undefined : `${name}  ${line}`;
  const log = parseObject(line);
  if (log === undefined) return line.trim() === '' ? undefined : `${name}  ${line}`;
  if ('_aws' in log) return undefined;
  if (typeof log.level !== 'string') return `${name}  ${line}`;
  const fields = Object.entries(log)
    .filter(([key]) => !BORING.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [log.level.padEnd(5), name, log.message, ...fields].join('  ');
}

/** What the runtime itself reports, as `key=value` pairs. */
export function formatNotice(notice: object): string {
  const fields = Object.entries(notice).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return ['WARN ', 'runtime', ...fields].join('  ');
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
