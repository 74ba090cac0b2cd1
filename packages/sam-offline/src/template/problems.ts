import { UsageError } from '../core/service';
import type { SourceLocation } from './yaml/node';

/** A problem in a template. */
export interface Problem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** For example `Resources.ChatApi.Properties.StageName`. Empty for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** Reports all problems of a template, one per line: `file:line: path: message`. */
export class TemplateError extends UsageError {
  override readonly name = 'TemplateError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

function formatProblem({ file, line, path, message }: Problem): string {
  return [`${file}:${line}`, ...(path === '' ? [] : [path]), message].join(': ');
}

/** Collects problems, without duplicates, so that one run reports all of them. */
export class Problems {
  private readonly found = new Map<string, Problem>();

  add({ file, line, path }: SourceLocation, message: string): void {
    const problem = { file, line, path, message };
    this.found.set(formatProblem(problem), problem);
  }

  get isEmpty(): boolean {
    return this.found.size === 0;
  }

  /** Throws TemplateError if there are problems. Sorts them by line, those of the template before other files. */
  throwIfAny(): void {
    if (this.isEmpty) return;
    const problems = [...this.found.values()];
    const first = problems[0]?.file;
    throw new TemplateError(
      problems.sort((a, b) => Number(a.file !== first) - Number(b.file !== first) || a.line - b.line),
    );
  }
}
