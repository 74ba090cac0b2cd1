/** Why the emulator's result is not that of AWS, or why there is none. */
export interface Explained {
  /** What the emulator or any deployed stack does, and what AWS does or offers. */
  reason: string;
  /** AWS's document that says so. */
  document: string;
}

/** Tests that do not run against a deployed stack, for one reason. */
export interface Skipped extends Explained {
  tests: string[];
}

/** What is not expected to pass: by the tests' full names, those that fail, and those that are skipped. */
export interface Expected {
  deviations: Record<string, Explained>;
  skipped: Record<string, Explained>;
}

/** A test's result as jest reports it. */
export interface TestResult {
  fullName: string;
  status: string;
}

/** Where AWS documents. */
const DOCUMENT = /^https:\/\/docs\.aws\.amazon\.com\/\S+$/;
/** What the tests' helpers say in the name of a test that is skipped, perhaps with something in brackets. */
const SAID = / \(skipped: (?:[^()]|\([^()]*\))*\)/g;

/** A test's name as it is where it runs. */
export const nameOf = (fullName: string): string => fullName.replace(SAID, '');

/** The lists as they lie in files, by test. @throws Error if a test is listed twice. */
export function expectedBy(deviations: Record<string, Explained>, groups: readonly Skipped[]): Expected {
  const skipped: Record<string, Explained> = {};
  for (const { tests, ...explained } of groups) {
    for (const name of tests) {
      if (skipped[name] || deviations[name]) throw new Error(`Listed twice: ${name}`);
      skipped[name] = explained;
    }
  }
  return { deviations, skipped };
}

/** What is wrong with a run: nothing, if exactly the tests failed and were skipped that are listed, each with a document. */
export function complaints(results: readonly TestResult[], { deviations, skipped }: Expected): string[] {
  const statusOf = new Map<string, string>();
  for (const { fullName, status } of results) {
    const name = nameOf(fullName);
    // Of several tests of one name, one that failed counts.
    if (statusOf.get(name) === 'failed') continue;
    statusOf.set(name, ['passed', 'failed'].includes(status) ? status : 'skipped');
  }
  const complain = (what: string, names: string[]) => names.map((name) => `${what}: ${name}`);
  const thatAre = (status: string) => [...statusOf.keys()].filter((name) => statusOf.get(name) === status);
  const listed = { ...deviations, ...skipped };
  return [
    ...complain(
      'Failed',
      thatAre('failed').filter((name) => !(name in deviations) && !(name in skipped)),
    ),
    ...complain(
      'Passed, so it is no deviation any more',
      thatAre('passed').filter((name) => name in deviations),
    ),
    ...complain(
      'Skipped, and not listed',
      thatAre('skipped').filter((name) => !(name in skipped)),
    ),
    ...complain(
      'Ran, so it is skipped no more',
      [...thatAre('passed'), ...thatAre('failed')].filter((name) => name in skipped),
    ),
    ...complain(
      'Listed, and there is no such test',
      Object.keys(listed).filter((name) => !statusOf.has(name)),
    ),
    ...complain(
      "Listed without a reason or AWS's document",
      Object.keys(listed).filter(
        (name) => !listed[name]?.reason.trim() || !DOCUMENT.test(listed[name]?.document ?? ''),
      ),
    ),
    ...(thatAre('passed').length === 0 ? ['No test passed'] : []),
  ];
}
