import { UsageError } from '../core/service';
import { suggest } from '../text/nearest';
import type { Finding, FindingKind } from './support';
import type { SourceLocation } from './yaml/node';

/** A problem in a template. */
export interface Problem {
  readonly file: string;
  /** The line number, starting at 1. */
  readonly line: number;
  /** The path of the value, for example `Resources.ChatApi.Properties.StageName`. Empty for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** The error for an invalid template. The message lists all problems, one per line: `file:line: path: message`. */
export class TemplateError extends UsageError {
  override readonly name = 'TemplateError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** Formats a problem as `file:line: path: message`. */
export function formatProblem({ file, line, path, message }: Problem): string {
  return [`${file}:${line}`, ...(path === '' ? [] : [path]), message].join(': ');
}

/**
 * The maximum edit distance between an unknown name and a suggestion. The runtime does not know all names that AWS supports, so
 * a name with a larger distance is probably valid on AWS.
 */
const MAX_EDITS = 2;

/**
 * Collects errors and findings without duplicates, so that a single run reports all of them. An error is a mistake that AWS
 * also rejects. A finding is a difference between the runtime and AWS.
 */
export class Problems {
  private readonly errors = new Map<string, Problem>();
  private readonly found = new Map<string, Finding>();
  /** Findings for names that are probably misspelled. They explain errors such as missing properties. */
  private readonly mistyped = new Map<string, Finding>();
  private readonly placeholders = new Set<string>();

  add({ file, line, path }: SourceLocation, message: string): void {
    const problem = { file, line, path, message };
    this.errors.set(formatProblem(problem), problem);
  }

  /** Records a placeholder for a value that exists only on AWS. */
  addPlaceholder(value: string): string {
    this.placeholders.add(value);
    return value;
  }

  /** Returns whether a string contains a placeholder. Such strings cannot be validated. */
  hasPlaceholder(text: string): boolean {
    return [...this.placeholders].some((value) => text.includes(value));
  }

  /** Returns whether there is an error at a location or below it. */
  hasErrorsBelow({ path }: SourceLocation): boolean {
    return [...this.errors.values()].some((error) => `${error.path}.`.startsWith(`${path}.`));
  }

  /** Adds a finding and returns it. Findings do not prevent the runtime from starting. */
  report(kind: FindingKind, { file, line, path }: SourceLocation, message: string): Finding {
    const finding = { kind, file, line, path, message };
    this.found.set(formatProblem(finding), finding);
    return finding;
  }

  /** Adds a finding for an unknown name, and suggests the most similar unused name. */
  reportUnknown(location: SourceLocation, name: string, message: string, unused: readonly string[]): void {
    const suggestion = suggest(name, unused, MAX_EDITS);
    const text = suggestion === '' ? message : `${message}.${suggestion}`;
    const finding = this.report('unsupported', location, text);
    if (suggestion !== '') this.mistyped.set(formatProblem(finding), finding);
  }

  /** The findings, sorted by file and line. The findings of the template are first. */
  get findings(): Finding[] {
    return sortByLine([...this.found.values()]);
  }

  /**
   * Throws TemplateError if there are errors. The error also lists names that are probably misspelled.
   *
   * @param isStrict whether unsupported elements and unenforced settings are also errors
   */
  throwIfAny(isStrict = false): void {
    const findings = isStrict ? [...this.found].filter(([, { kind }]) => kind !== 'warning') : [];
    if (findings.length + this.errors.size === 0) return;
    const problems = [...new Map<string, Problem>([...findings, ...this.mistyped, ...this.errors]).values()];
    throw new TemplateError(
      sortByLine(problems.map(({ file, line, path, message }) => ({ file, line, path, message }))),
    );
  }
}

function sortByLine<T extends Problem>(problems: T[]): T[] {
  const first = problems[0]?.file;
  return problems.sort((a, b) => Number(a.file !== first) - Number(b.file !== first) || a.line - b.line);
}
