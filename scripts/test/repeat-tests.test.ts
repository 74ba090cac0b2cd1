import { formatRun, summarize } from '../repeat-tests/run';

const report = (failedTests: string[], failedFile?: string) =>
  JSON.stringify({
    numPassedTests: 2,
    numPendingTests: 1,
    testResults: [
      {
        name: '/tests/a.test.ts',
        status: failedTests.length > 0 ? 'failed' : 'passed',
        assertionResults: [
          { status: 'passed', fullName: 'a works' },
          ...failedTests.map((fullName) => ({ status: 'failed', fullName })),
        ],
      },
      ...(failedFile ? [{ name: failedFile, status: 'failed', assertionResults: [] }] : []),
    ],
  });

describe('npm run test:repeat', () => {
  it('summarizes a run with its occurrences', () => {
    const output = 'Test results written to: x\n\nSEED=7. Occurrences: events.Throttle 3\n';
    const run = summarize(report([]), { code: 0, output, seconds: 61.4 });
    expect(run).toMatchObject({ success: true, passed: 2, skipped: 1, failed: [] });
    expect(formatRun(run)).toBe(
      'ok      2 passed, 0 failed, 1 skipped in 61 s\nSEED=7. Occurrences: events.Throttle 3',
    );
  });

  it('names failed tests, and files that do not run', () => {
    const run = summarize(report(['a fails'], '/tests/b.test.ts'), { code: 1, output: '', seconds: 1 });
    expect(formatRun(run)).toBe(
      'FAILED  2 passed, 2 failed, 1 skipped in 1 s\n  a fails\n  /tests/b.test.ts',
    );
  });

  it('fails a run whose tests pass but in which an event never occurred', () => {
    expect(summarize(report([]), { code: 1, output: '', seconds: 1 }).success).toBe(false);
  });
});
