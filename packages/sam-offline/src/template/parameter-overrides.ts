import { UsageError } from '../core/service';

const PAIR =
  /(?:ParameterKey=([^\s,]+),ParameterValue|([A-Za-z0-9]+))=("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s"'\\])*)/y;
const KEY = /^(?:ParameterKey=([^\s,]+),ParameterValue|([A-Za-z0-9]+))=/;

/**
 * Parses the values of `sam --parameter-overrides`: `Key=Value`, `Key="a b"` and `ParameterKey=Key,ParameterValue=Value`. An
 * argument contains one or more pairs, separated by spaces. The shell removes quotes, so `Key=a b` is also parsed as a single
 * pair. If a key is repeated, the last value applies.
 *
 * @throws UsageError if an argument is not valid
 */
export function parseParameterOverrides(args: string[]): Record<string, string> {
  return Object.fromEntries(args.map((arg) => arg.trim()).flatMap((arg) => parsePairs(arg)));
}

function parsePairs(arg: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (let position = 0; position < arg.length; ) {
    PAIR.lastIndex = position;
    const match = PAIR.exec(arg);
    if (!match || !/^(\s|$)/.test(arg.slice(PAIR.lastIndex))) return [parseWholePair(arg)];
    pairs.push([match[1] ?? match[2] ?? '', unquote(match[3] ?? '')]);
    position = PAIR.lastIndex + (/^\s*/.exec(arg.slice(PAIR.lastIndex))?.[0].length ?? 0);
  }
  return pairs;
}

/** Parses an argument as a single pair. The value is the text after the first equals sign. */
function parseWholePair(arg: string): [string, string] {
  const match = KEY.exec(arg);
  if (!match) {
    throw new UsageError(
      `Invalid parameter override ${JSON.stringify(arg)}. Use Key=Value or ParameterKey=Key,ParameterValue=Value.`,
    );
  }
  return [match[1] ?? match[2] ?? '', arg.slice(match[0].length)];
}

function unquote(value: string): string {
  const isQuoted = value.length > 1 && /^(["']).*\1$/s.test(value);
  return (isQuoted ? value.slice(1, -1) : value).replace(/\\([ "'])/g, '$1');
}
