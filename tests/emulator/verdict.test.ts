import { complaints, expectedBy, type TestResult } from './verdict';

const document = 'https://docs.aws.amazon.com/x';
const deviations = { 'frames are limited': { reason: 'takes any', document } };
const groups = [
  { reason: 'it cannot be provoked', document, tests: ['faults are told', 'faults are mended'] },
];
const expected = expectedBy(deviations, groups);

const passed = { fullName: 'rooms are made', status: 'passed' };
const deviating = { fullName: 'frames are limited', status: 'failed' };
const skipped = [
  { fullName: 'faults (skipped: WS_URL offers no switches) are told', status: 'pending' },
  { fullName: 'faults are mended (skipped: WS_URL offers no switch (DebugShare=1))', status: 'pending' },
];
const good = [passed, deviating, ...skipped];
const instead = (fullName: string, status: string) =>
  good.map((result) => (result.fullName === fullName ? { fullName, status } : result));

describe('the verdict on a run against the emulator', () => {
  it('is content where exactly the listed tests fail and are skipped', () => {
    expect(complaints(good, expected)).toEqual([]);
  });

  it.each<[string, TestResult[], string]>([
    ['a test fails that is not listed', [...good, { fullName: 'x', status: 'failed' }], 'Failed: x'],
    [
      'one of two of a name fails',
      [{ ...passed, status: 'failed' }, ...good, { fullName: 'w', status: 'passed' }],
      'Failed: rooms are made',
    ],
    [
      'a listed one passes',
      instead('frames are limited', 'passed'),
      'Passed, so it is no deviation any more: frames are limited',
    ],
    [
      'a listed one does not run',
      instead('frames are limited', 'pending'),
      'Skipped, and not listed: frames are limited',
    ],
    [
      'one is skipped that is not listed, whatever it says',
      [...good, { fullName: 'y (skipped: takes long)', status: 'pending' }],
      'Skipped, and not listed: y',
    ],
    ['one is to be done', [...good, { fullName: 'z', status: 'todo' }], 'Skipped, and not listed: z'],
    [
      'one that is listed as skipped runs',
      [passed, deviating, skipped[1] as TestResult, { fullName: 'faults are told', status: 'passed' }],
      'Ran, so it is skipped no more: faults are told',
    ],
    [
      'one that is listed is gone',
      [passed, deviating, skipped[0] as TestResult],
      'Listed, and there is no such test: faults are mended',
    ],
    ['nothing passes', [deviating, ...skipped], 'No test passed'],
  ])('complains where %s', (_, results, complaint) => {
    expect(complaints(results, expected)).toEqual([complaint]);
  });

  it.each([
    ['no reason', { reason: ' ', document }],
    ["no document of AWS's", { reason: 'takes any', document: 'https://example.com/x' }],
  ])('complains where what is listed has %s', (_, explained) => {
    const listed = { ...expected, deviations: { 'frames are limited': explained } };
    expect(complaints(good, listed)).toEqual([
      "Listed without a reason or AWS's document: frames are limited",
    ]);
  });

  it('wants each test listed once', () => {
    expect(() => expectedBy(deviations, [...groups, ...groups])).toThrow('Listed twice: faults are told');
  });
});
