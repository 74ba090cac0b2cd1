import { UsageError } from '../core/service';
import type { Place } from './yaml/node';

/** One thing that is wrong with a template. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Where in the file, for example `Resources.ChatApi.Properties.StageName`; empty for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** Everything that is wrong with a template, one line each: `file:line: path: message`. */
export class TemplateError extends UsageError {
  override readonly name = 'TemplateError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(lineOf).join('\n'));
    this.problems = problems;
  }
}

function lineOf({ file, line, path, message }: Problem): string {
  return [`${file}:${line}`, ...(path === '' ? [] : [path]), message].join(': ');
}

/** Collects problems, so that one run tells all of them. The same problem met twice is told once. */
export class Problems {
  private readonly found = new Map<string, Problem>();

  add({ file, line, path }: Place, message: string): void {
    const problem = { file, line, path, message };
    this.found.set(lineOf(problem), problem);
  }

  get any(): boolean {
    return this.found.size > 0;
  }

  /** Throws what was collected, the template's own lines first and in their order; does nothing if there is none. */
  throwIfAny(): void {
    if (!this.any) return;
    const problems = [...this.found.values()];
    const first = problems[0]?.file;
    throw new TemplateError(
      problems.sort((a, b) => Number(a.file !== first) - Number(b.file !== first) || a.line - b.line),
    );
  }
}
