import { listResults, listUnexpected } from './jest';
import {
  findViolations,
  formatMessages,
  listUnexpectedFailures,
  type TestResult,
  toExpectations,
} from './verdict';

const document = 'https://docs.aws.amazon.com/x';
const deviations = { 'frames are limited': { reason: 'accepts any size', document } };
const groups = [
  { reason: 'cannot be provoked', document, tests: ['faults are reported', 'faults are cleared'] },
];
const expectations = toExpectations(deviations, groups);

const passed = { fullName: 'rooms are created', status: 'passed' };
const deviating = { fullName: 'frames are limited', status: 'failed' };
const skipped = [
  { fullName: 'faults (skipped: a deployed stack has no switches) are reported', status: 'pending' },
  {
    fullName: 'faults are cleared (skipped: a deployed stack has no switch (DebugShare=1))',
    status: 'pending',
  },
];
const expected = [passed, deviating, ...skipped];
const replace = (fullName: string, status: string) =>
  expected.map((result) => (result.fullName === fullName ? { fullName, status } : result));

describe('findViolations', () => {
  it('returns nothing if exactly the listed tests fail and are skipped', () => {
    expect(findViolations(expected, expectations)).toEqual([]);
  });

  it.each<[string, TestResult[], string]>([
    ['a failed test that is not listed', [...expected, { fullName: 'x', status: 'failed' }], 'Failed: x'],
    [
      'a failure in one of several tests with the same name',
      [{ ...passed, status: 'failed' }, ...expected, { fullName: 'w', status: 'passed' }],
      'Failed: rooms are created',
    ],
    [
      'a deviation that passes',
      replace('frames are limited', 'passed'),
      'Passed, but listed in deviations.json: frames are limited',
    ],
    [
      'a deviation that is skipped',
      replace('frames are limited', 'pending'),
      'Skipped, but not listed in skipped.json: frames are limited',
    ],
    [
      'a skipped test that is not listed',
      [...expected, { fullName: 'y (skipped: takes long)', status: 'pending' }],
      'Skipped, but not listed in skipped.json: y',
    ],
    [
      'a todo',
      [...expected, { fullName: 'z', status: 'todo' }],
      'Skipped, but not listed in skipped.json: z',
    ],
    [
      'a test that runs although it is listed as skipped',
      [passed, deviating, skipped[1] as TestResult, { fullName: 'faults are reported', status: 'passed' }],
      'Ran, but listed in skipped.json: faults are reported',
    ],
    [
      'a listed test that does not exist',
      [passed, deviating, skipped[0] as TestResult],
      'Listed, but no such test exists: faults are cleared',
    ],
    ['a run without passed tests', [deviating, ...skipped], 'No test passed'],
  ])('reports %s', (_, results, violation) => {
    expect(findViolations(results, expectations)).toEqual([violation]);
  });

  it.each([
    ['no reason', { reason: ' ', document }],
    ['no AWS document', { reason: 'accepts any size', document: 'https://example.com/x' }],
  ])('reports an exception with %s', (_, exception) => {
    const listed = { ...expectations, deviations: { 'frames are limited': exception } };
    expect(findViolations(expected, listed)).toEqual([
      'Listed without a reason or an AWS document: frames are limited',
    ]);
  });
});

describe('toExpectations', () => {
  it('rejects a test that is listed twice', () => {
    expect(() => toExpectations(deviations, [...groups, ...groups])).toThrow(
      'Listed twice: faults are reported',
    );
  });
});

describe('the results of Jest', () => {
  const failed = {
    fullName: 'rooms close',
    status: 'failed',
    failureMessages: ['\u001b[31mExpected\u001b[39m 1\nat x'],
  };
  const files = [
    { name: 'a', message: 'deviates', assertionResults: [passed, deviating] },
    { name: 'b', message: 'fails', assertionResults: [deviating, failed] },
    { name: 'c', message: 'Cannot find module', assertionResults: [] },
  ];

  it('repeats the files that have unexpected failures or could not run', () => {
    expect(listUnexpected(files, deviations)).toEqual(['b', 'c']);
  });

  it('reports a file that could not run as a failed test', () => {
    expect(listResults(files)).toEqual([
      passed,
      deviating,
      deviating,
      failed,
      { fullName: 'c: Cannot find module', status: 'failed' },
    ]);
  });

  it('formats the messages of unexpected failures without colors', () => {
    expect(formatMessages(listUnexpectedFailures(listResults(files), deviations))).toEqual([
      'rooms close\n  Expected 1\n  at x',
    ]);
  });
});
