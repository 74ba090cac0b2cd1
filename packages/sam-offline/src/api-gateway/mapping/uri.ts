import { followPath } from '../follow-path';

/** Replaces `{name}` with path parameters and `${stageVariables.name}` with stage variables. */
export function fillUri(
  uri: string,
  path: Readonly<Record<string, string>>,
  stageVariables: Readonly<Record<string, string>>,
): string {
  return uri
    .replace(/\$\{stageVariables\.(\w+)\}/g, (_match, name: string) =>
      String(followPath(stageVariables, [name]) ?? ''),
    )
    .replace(/\{([\w.-]+)\+?\}/g, (match, name: string) => String(followPath(path, [name]) ?? match));
}
