import { resolve } from 'node:path';
import type { BuildOptions, Message } from 'esbuild';
import { runEsbuild } from './run-esbuild';

/** A file that esbuild could not bundle, because of a mistake in it or in a file that it imports. */
export interface BuildFailure {
  /** For example `src/app.ts:1:14: Expected identifier but found "="`. */
  readonly messages: readonly string[];
  /** The files that the messages name. Absolute. */
  readonly files: readonly string[];
  /** Whether the file imports a module that does not exist. */
  readonly isMissingModule: boolean;
}

/**
 * Bundles each file separately to find the failing ones, because esbuild names only the file with the mistake, which
 * several functions may import.
 *
 * @throws the error of esbuild if the options are not valid
 */
export async function findFailures(
  files: readonly string[],
  options: BuildOptions & { absWorkingDir: string },
): Promise<Map<string, BuildFailure>> {
  const failures = new Map<string, BuildFailure>();
  for (const file of files) {
    const error = await runEsbuild({ ...options, entryPoints: [file], write: false }).then(
      () => undefined,
      (reason: Error & { errors?: Message[] }) => reason,
    );
    if (!error) continue;
    if (!error.errors?.some(({ location }) => location)) throw error;
    failures.set(file, describe(error.errors, options.absWorkingDir));
  }
  return failures;
}

function describe(errors: readonly Message[], root: string): BuildFailure {
  return {
    messages: errors.map(formatMessage),
    files: errors.flatMap(({ location }) => (location ? [resolve(root, location.file)] : [])),
    isMissingModule: errors.every(({ text }) => text.startsWith('Could not resolve')),
  };
}

/** Formats the first error of a build with its source line, and the number of the others. Undefined without errors. */
export function formatFirstError([first, ...others]: readonly Message[]): string | undefined {
  if (!first) return undefined;
  const more = others.length === 0 ? [] : [`and ${others.length} more`];
  return [formatMessage(first), ...formatFrame(first), ...more].join('\n');
}

/** Formats a source line with a mark below the position of an error. */
function formatFrame({ location }: Message): string[] {
  if (!location) return [];
  const { line, column, length, lineText } = location;
  const bytes = Buffer.from(lineText);
  // The columns of esbuild are bytes.
  const [before, marked] = [bytes.subarray(0, column), bytes.subarray(column, column + length)].map(String);
  const mark = `${before?.replace(/[^\t]/g, ' ')}${'^'.repeat(Math.max(1, marked?.length ?? 0))}`;
  return [`  ${line} | ${lineText}`, `  ${' '.repeat(String(line).length)} | ${mark}`];
}

export function formatMessage({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}

/**
 * Returns a module that fails to load like the file would on Lambda: with Runtime.ImportModuleError if it imports a module
 * that does not exist, and Runtime.UserCodeSyntaxError otherwise. Valid as CommonJS and as an ES module.
 */
export function createFailingModule({ messages, isMissingModule }: BuildFailure): string {
  const message = JSON.stringify(messages.join('\n'));
  return isMissingModule
    ? `throw Object.assign(new Error(${message}), { code: 'MODULE_NOT_FOUND' });\n`
    : `throw new SyntaxError(${message});\n`;
}

/** Formats failures by function, with one line for the functions that have the same one. */
export function formatFailures(failures: ReadonlyMap<string, BuildFailure>): string {
  const byMessage = new Map<string, string[]>();
  for (const [logicalId, { messages }] of failures) {
    for (const message of messages) byMessage.set(message, [...(byMessage.get(message) ?? []), logicalId]);
  }
  return [...byMessage].map(([message, ids]) => `function ${ids.join(', ')}: ${message}`).join('\n');
}
