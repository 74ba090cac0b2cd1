import { isObject } from '../../core/service';
import type { LogLine } from '../log-store';

export type Scalar = string | number | boolean;

/** Returns the value of a field of a log line, or undefined if the line does not have the field. */
export type LogRecord = (field: string) => Scalar | undefined;

/** The fields that Logs Insights discovers in Lambda's REPORT lines, with their names in these lines. */
const REPORT_FIELDS: Readonly<Record<string, string>> = {
  '@duration': 'Duration',
  '@billedDuration': 'Billed Duration',
  '@initDuration': 'Init Duration',
  '@memorySize': 'Memory Size',
};

/**
 * Returns the fields of a line: the fields that Logs Insights discovers, the function's logical ID as `@function`, and the
 * members of JSON lines by path, such as `error.name`.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export function createRecord({ time, line, function: functionId, requestId, stream }: LogLine): LogRecord {
  let json: unknown;
  let isParsed = false;
  const members = () => {
    if (!isParsed) json = stream === 'platform' ? undefined : parseLine(line);
    isParsed = true;
    return json;
  };
  return (field) => {
    switch (field) {
      case '@timestamp':
        return new Date(time).toISOString();
      case '@message':
        return line;
      case '@requestId':
        return requestId;
      case '@function':
        return functionId;
      case '@type':
        return stream === 'platform' ? /^(?:START|END|REPORT)\b/.exec(line)?.[0] : undefined;
    }
    if (Object.hasOwn(REPORT_FIELDS, field))
      return stream === 'platform' ? readReport(line, REPORT_FIELDS[field] ?? '') : undefined;
    return toScalar(findMember(members(), field));
  };
}

function parseLine(line: string): unknown {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Reads a number from a REPORT line, such as `Duration: 1.03 ms`. */
function readReport(line: string, name: string): number | undefined {
  const field = line.split('\t').find((part) => part.startsWith(`${name}: `));
  return field === undefined ? undefined : Number.parseFloat(field.slice(name.length + 2));
}

/** Returns the member at a path. A member with dots in its name takes precedence over nested members. */
function findMember(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return findMember({ ...value }, path);
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const name = path.slice(0, dot);
    if (Object.hasOwn(value, name)) return findMember(value[name], path.slice(dot + 1));
  }
  return undefined;
}

function toScalar(value: unknown): Scalar | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : (value as Scalar);
}
