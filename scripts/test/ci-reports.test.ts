const { formatSum, listFailedFiles, listMessages, mergeReports } = require('../../.ci/reports.cjs');

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes('failed') || statuses.length === 0 ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});

const report = {
  testResults: [file('a', 'passed', 'pending'), file('b', 'passed', 'failed'), file('c'), file('d', 'todo')],
};

describe('CI reports', () => {
  it('lists files with failed tests and files that did not run', () => {
    expect(listFailedFiles(report)).toEqual(['b', 'c']);
  });

  it('sums the results, and counts a file that did not run as a failed test', () => {
    expect(formatSum([report, report])).toBe('4 passed, 4 failed, 4 skipped');
  });

  it('counts repeated files only once', () => {
    const repeated = { testResults: [file('b', 'passed', 'passed'), file('c', 'failed')] };
    const merged = mergeReports(report, repeated);
    expect(listFailedFiles(merged)).toEqual(['c']);
    expect(formatSum([merged])).toBe('3 passed, 1 failed, 2 skipped');
  });

  it('lists shortened errors of failed tests and of files that did not run, without colors', () => {
    const long = Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n');
    const assertionResults = [
      { status: 'passed', fullName: 'rooms open', failureMessages: [] },
      {
        status: 'failed',
        fullName: 'rooms close',
        failureMessages: ['\u001b[31mExpected\u001b[39m 1', 'later'],
      },
      { status: 'failed', fullName: 'rooms grow', failureMessages: [long] },
    ];
    const broken = { name: 'x.test.ts', message: 'Cannot find module', assertionResults: [] };
    const messages = listMessages({ testResults: [{ name: 'a', message: 'all', assertionResults }, broken] });
    expect(messages).toHaveLength(3);
    expect([messages[0], messages[2]]).toEqual([
      'rooms close\n  Expected 1',
      'x.test.ts\n  Cannot find module',
    ]);
    expect(messages[1].split('\n')).toHaveLength(30);
  });
});
