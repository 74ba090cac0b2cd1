import { readFileSync } from 'node:fs';
import { UsageError } from '../core/service';
import { formatProblem, type Problem, TemplateError } from '../template/problems';
import { formatCodeFrame } from '../text/code-frame';

/**
 * Formats an error that ends the command. Template problems include their source lines. Other usage errors have no stack trace.
 */
export function formatFailure(error: Error): string {
  if (error instanceof TemplateError) return formatProblems(error.problems);
  return error instanceof UsageError ? error.message : String(error.stack);
}

function formatProblems(problems: readonly Problem[]): string {
  const files = new Map<string, string[]>();
  for (const { file } of problems) if (!files.has(file)) files.set(file, readLines(file));
  return problems
    .flatMap((problem) => [formatProblem(problem), ...formatFrame(problem, files.get(problem.file) ?? [])])
    .join('\n');
}

/** Returns the source line of a problem. Marks the last key of the problem's path if the line contains that key. */
function formatFrame({ line, path }: Problem, lines: readonly string[]): string[] {
  const text = lines[line - 1];
  const isWholeFile = line === 1 && path === '';
  if (text === undefined || isWholeFile) return [];
  const key = path.split('.').at(-1) ?? '';
  const column = /^\d*$/.test(key) ? -1 : text.indexOf(key);
  return formatCodeFrame(line, text, column < 0 ? undefined : { column, length: key.length });
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return []; // the message of the problem already reports an unreadable file
  }
}
