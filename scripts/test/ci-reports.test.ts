const { formatSum, listFailedFiles, mergeReports } = require('../../.ci/reports.cjs');

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});

const report = {
  testResults: [file('a', 'passed', 'pending'), file('b', 'passed', 'failed'), file('c'), file('d', 'todo')],
};

describe('reports of a CI run', () => {
  it('lists the files with failed tests and those that did not run', () => {
    expect(listFailedFiles(report)).toEqual(['b', 'c']);
  });

  it('sums the tests, and counts a file that did not run as a failed test', () => {
    expect(formatSum([report, report])).toBe('4 passed, 4 failed, 4 skipped');
  });

  it('counts repeated files once', () => {
    const repeated = { testResults: [file('b', 'passed', 'passed'), file('c', 'failed')] };
    const merged = mergeReports(report, repeated);
    expect(listFailedFiles(merged)).toEqual(['c']);
    expect(formatSum([merged])).toBe('3 passed, 1 failed, 2 skipped');
  });
});
