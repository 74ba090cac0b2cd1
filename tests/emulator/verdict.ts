/** A test of ours that the emulator fails, because it is not like AWS there. */
export interface Deviation {
  /** What the emulator does, and what AWS does. */
  reason: string;
  /** AWS's document that says so. */
  document: string;
}

/** A test's result as jest reports it. */
export interface TestResult {
  fullName: string;
  status: string;
}

/** What is wrong with a run: nothing, if exactly the listed tests failed and whatever was skipped says why. */
export function complaints(results: readonly TestResult[], deviations: Record<string, Deviation>): string[] {
  const statusOf = new Map(results.map(({ fullName, status }) => [fullName, status]));
  const listed = Object.keys(deviations);
  const complain = (names: string[], what: string) => names.map((name) => `${what}: ${name}`);
  const named = (wanted: string) =>
    results.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);
  return [
    ...complain(
      named('failed').filter((name) => !listed.includes(name)),
      'Failed',
    ),
    ...complain(
      listed.filter((name) => statusOf.get(name) === 'passed'),
      'Passed, so it is no deviation any more',
    ),
    ...complain(
      listed.filter((name) => !['passed', 'failed'].includes(statusOf.get(name) ?? '')),
      'Listed as a deviation, but did not run',
    ),
    ...complain(
      [...statusOf.keys()].filter((name) => isSilentlySkipped(name, statusOf.get(name))),
      'Skipped without a reason',
    ),
    ...(named('passed').length === 0 ? ['No test passed'] : []),
  ];
}

function isSilentlySkipped(name: string, status: string | undefined): boolean {
  return status !== 'passed' && status !== 'failed' && !name.includes('(skipped: ');
}
