import { stripVTControlCharacters } from 'node:util';

/** The reason why a result on the emulator differs from the result on AWS or is missing. */
export interface Exception {
  /** Describes the behavior of the emulator or a deployed stack, and the behavior of AWS. */
  reason: string;
  /** The URL of the AWS documentation for this behavior. */
  document: string;
}

/** Tests that are skipped on a deployed stack for a common reason. */
export interface SkippedGroup extends Exception {
  tests: string[];
}

/** The tests that are expected to fail or to be skipped, by full name. */
export interface Expectations {
  deviations: Record<string, Exception>;
  skipped: Record<string, Exception>;
}

/** A test result in Jest's report. */
export interface TestResult {
  fullName: string;
  status: string;
  /** The errors with stack traces. */
  failureMessages?: readonly string[];
}

/** The maximum number of lines of a message. Longer messages contain whole frames or items. */
const MAX_MESSAGE_LINES = 30;
const AWS_DOCUMENT = /^https:\/\/docs\.aws\.amazon\.com\/\S+$/;
/** The suffix that test helpers add to the name of a skipped test. It can contain parentheses. */
const SKIP_REASON = / \(skipped: (?:[^()]|\([^()]*\))*\)/g;

/** Returns the name of a test without the reason for skipping it. */
export const stripSkipReason = (fullName: string): string => fullName.replace(SKIP_REASON, '');

/** Combines the lists of both files. @throws Error if a test is listed twice */
export function toExpectations(
  deviations: Record<string, Exception>,
  groups: readonly SkippedGroup[],
): Expectations {
  const skipped: Record<string, Exception> = {};
  for (const { tests, ...exception } of groups) {
    for (const name of tests) {
      if (skipped[name] || deviations[name]) throw new Error(`Listed twice: ${name}`);
      skipped[name] = exception;
    }
  }
  return { deviations, skipped };
}

/**
 * Compares results with the expectations. Returns a line for each difference and for each exception without a reason or
 * document.
 */
export function findViolations(
  results: readonly TestResult[],
  { deviations, skipped }: Expectations,
): string[] {
  const statuses = new Map<string, string>();
  for (const { fullName, status } of results) {
    const name = stripSkipReason(fullName);
    // If several tests have the same name, a failed one takes precedence.
    if (statuses.get(name) === 'failed') continue;
    statuses.set(name, ['passed', 'failed'].includes(status) ? status : 'skipped');
  }
  const format = (violation: string, names: string[]) => names.map((name) => `${violation}: ${name}`);
  const select = (status: string) => [...statuses.keys()].filter((name) => statuses.get(name) === status);
  const listed = { ...deviations, ...skipped };
  return [
    ...format(
      'Failed',
      select('failed').filter((name) => !(name in deviations) && !(name in skipped)),
    ),
    ...format(
      'Passed, but listed in deviations.json',
      select('passed').filter((name) => name in deviations),
    ),
    ...format(
      'Skipped, but not listed in skipped.json',
      select('skipped').filter((name) => !(name in skipped)),
    ),
    ...format(
      'Ran, but listed in skipped.json',
      [...select('passed'), ...select('failed')].filter((name) => name in skipped),
    ),
    ...format(
      'Listed, but no such test exists',
      Object.keys(listed).filter((name) => !statuses.has(name)),
    ),
    ...format(
      'Listed without a reason or an AWS document',
      Object.keys(listed).filter(
        (name) => !listed[name]?.reason.trim() || !AWS_DOCUMENT.test(listed[name]?.document ?? ''),
      ),
    ),
    ...(select('passed').length === 0 ? ['No test passed'] : []),
  ];
}

/** Returns the failed tests that are not listed as deviations. */
export function listUnexpectedFailures(
  results: readonly TestResult[],
  deviations: Readonly<Record<string, unknown>>,
): TestResult[] {
  return results.filter(({ fullName, status }) => status === 'failed' && !(fullName in deviations));
}

/** Returns the names and messages of tests, without colors. */
export function formatMessages(results: readonly TestResult[]): string[] {
  return results.flatMap(({ fullName, failureMessages = [] }) =>
    failureMessages.map((message) => {
      const lines = stripVTControlCharacters(message).split('\n').slice(0, MAX_MESSAGE_LINES);
      return [fullName, ...lines].join('\n  ');
    }),
  );
}
