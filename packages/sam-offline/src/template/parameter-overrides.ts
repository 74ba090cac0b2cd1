import { UsageError } from '../core/service';

const PAIR =
  /(?:ParameterKey=([^\s,]+),ParameterValue|([A-Za-z0-9]+))=("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^\s"'\\])*)/y;
const KEY = /^(?:ParameterKey=([^\s,]+),ParameterValue|([A-Za-z0-9]+))=/;

/**
 * Reads parameter values as `sam --parameter-overrides` spells them: `Key=Value`, `Key="a b"` and
 * `ParameterKey=Key,ParameterValue=Value`. Each argument holds one pair, or several separated by spaces; an
 * argument whose quotes the shell has taken away (`Key=a b`) is one pair. A later value of a key wins.
 *
 * Throws a UsageError that names the argument it cannot read.
 */
export function parseParameterOverrides(args: string[]): Record<string, string> {
  return Object.fromEntries(args.map((arg) => arg.trim()).flatMap((arg) => pairsOf(arg)));
}

function pairsOf(arg: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (let position = 0; position < arg.length; ) {
    PAIR.lastIndex = position;
    const match = PAIR.exec(arg);
    if (!match || !/^(\s|$)/.test(arg.slice(PAIR.lastIndex))) return [wholePair(arg)];
    pairs.push([match[1] ?? match[2] ?? '', unquote(match[3] ?? '')]);
    position = PAIR.lastIndex + (/^\s*/.exec(arg.slice(PAIR.lastIndex))?.[0].length ?? 0);
  }
  return pairs;
}

/** One pair whose value is everything after the first equals sign. */
function wholePair(arg: string): [string, string] {
  const match = KEY.exec(arg);
  if (!match) {
    throw new UsageError(
      `Parameter override ${JSON.stringify(arg)} must look like Key=Value or ParameterKey=Key,ParameterValue=Value`,
    );
  }
  return [match[1] ?? match[2] ?? '', arg.slice(match[0].length)];
}

function unquote(value: string): string {
  const isQuoted = value.length > 1 && /^(["']).*\1$/s.test(value);
  return (isQuoted ? value.slice(1, -1) : value).replace(/\\([ "'])/g, '$1');
}
