import type { TestResult } from '../verdict';

/**
 * A step of the first hour. `run` returns lines that describe the results, and rejects if the step fails. A step can depend on
 * earlier steps.
 */
export interface Step {
  readonly name: string;
  run(): Promise<string[]>;
}

/** @throws Error with the problem if the condition is not met */
export function expect(isMet: boolean, problem: string): asserts isMet {
  if (!isMet) throw new Error(problem);
}

/** @throws Error with the problems if there are any */
export function expectNone(problems: readonly string[]): void {
  expect(problems.length === 0, problems.join('\n'));
}

/** @throws Error with the results that have another status than `passed` */
export function expectPassed(results: readonly TestResult[]): void {
  const others = results.filter(({ status }) => status !== 'passed');
  expectNone(others.map(({ fullName, failureMessages = [] }) => [fullName, ...failureMessages].join(': ')));
}
