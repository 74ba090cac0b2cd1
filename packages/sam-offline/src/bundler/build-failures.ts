import { resolve } from 'node:path';
import type { BuildOptions, Message } from 'esbuild';
import { formatCodeFrame } from '../text/code-frame';
import { runEsbuild } from './esbuild/run-esbuild';

/** The reason why esbuild could not bundle a file. The error is in this file or in a file that it imports. */
export interface BuildFailure {
  readonly errors: readonly Message[];
  /** The absolute paths of the files that contain the errors. */
  readonly files: readonly string[];
  /** Whether the file imports a module that does not exist. */
  readonly isMissingModule: boolean;
}

/**
 * Bundles each file separately to find the functions that fail. esbuild reports only the file that contains the error, and
 * several functions may import this file.
 *
 * @throws the esbuild error if the options are not valid
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
    errors,
    files: errors.flatMap(({ location }) => (location ? [resolve(root, location.file)] : [])),
    isMissingModule: errors.every(({ text }) => text.startsWith('Could not resolve')),
  };
}

/**
 * Formats the first build error with its source line and the number of other errors. Returns undefined if there are no errors.
 */
export function formatFirstError([first, ...others]: readonly Message[]): string | undefined {
  if (!first) return undefined;
  const more = others.length === 0 ? [] : [`and ${others.length} more`];
  return [formatMessage(first), ...formatFrame(first), ...more].join('\n');
}

/** Formats the source line of an error. */
function formatFrame({ location }: Message): string[] {
  if (!location) return [];
  const { line, column, length, lineText } = location;
  const bytes = Buffer.from(lineText);
  // esbuild counts columns in bytes.
  const [before = '', marked = ''] = [bytes.subarray(0, column), bytes.subarray(column, column + length)].map(
    String,
  );
  return formatCodeFrame(line, lineText, { column: before.length, length: marked.length });
}

/** Formats an error, for example `src/app.ts:1:14: Expected identifier but found "="`. */
export function formatMessage({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}

/**
 * Returns the source of a module that fails to load with the same error as on Lambda: Runtime.ImportModuleError if an imported
 * module does not exist, and Runtime.UserCodeSyntaxError otherwise. The source is valid as CommonJS and as an ES module.
 */
export function createFailingModule({ errors, isMissingModule }: BuildFailure): string {
  const message = JSON.stringify(errors.map(formatMessage).join('\n'));
  return isMissingModule
    ? `throw Object.assign(new Error(${message}), { code: 'MODULE_NOT_FOUND' });\n`
    : `throw new SyntaxError(${message});\n`;
}

/** Formats the failures of functions. Lists the functions that have the same error, followed by the error. */
export function formatFailures(failures: ReadonlyMap<string, BuildFailure>): string {
  const names = new Map<string, string[]>();
  for (const [name, { errors }] of failures) {
    const error = formatFirstError(errors) ?? '';
    names.set(error, [...(names.get(error) ?? []), name]);
  }
  return [...names].map(([error, group]) => `function ${group.join(', ')}\n${error}`).join('\n');
}
