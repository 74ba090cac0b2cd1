import type { LogEntry } from '../lambda';

/** Members of structured logs that the terminal omits. */
const HIDDEN_MEMBERS = new Set([
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
 * Formats a function's log line for the terminal. A structured log becomes `INFO  Function  message  key=value …`.
 * Returns undefined for lines that the terminal omits: metrics, and Lambda's START, END and REPORT lines.
 */
export function formatLog({ stream, line }: LogEntry, functionName: string): string | undefined {
  if (stream === 'platform') {
    return /^(?:START|END|REPORT|INIT_START)\b/.test(line) ? undefined : `${functionName}  ${line}`;
  }
  const log = parseObject(line);
  if (log === undefined) return line.trim() === '' ? undefined : `${functionName}  ${line}`;
  if ('_aws' in log) return undefined;
  if (typeof log.level !== 'string') return `${functionName}  ${line}`;
  const members = Object.entries(log)
    .filter(([key]) => !HIDDEN_MEMBERS.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [log.level.padEnd(5), functionName, log.message, ...members].join('  ');
}

/** Formats a warning of the runtime as a message with `key=value` pairs. Appends multi-line values unchanged. */
export function formatNotice(notice: object): string {
  const { message, ...members } = notice as { message?: string; [key: string]: unknown };
  const texts = Object.values(members).filter(isMultiline);
  const pairs = Object.entries(members)
    .filter(([, value]) => !isMultiline(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const line = ['WARN ', 'runtime', ...(message === undefined ? [] : [message]), ...pairs].join('  ');
  return [line, ...texts].join('\n').trimEnd();
}

function isMultiline(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n');
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
