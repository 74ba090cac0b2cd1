import { complaints } from '../emulator/verdict';

const listed = { 'frames are limited': { reason: 'takes any', document: 'https://docs.aws.amazon.com/x' } };
const passed = { fullName: 'rooms are made', status: 'passed' };
const deviating = { fullName: 'frames are limited', status: 'failed' };

describe('the verdict on a run against the emulator', () => {
  it('is content where exactly the listed tests fail', () => {
    const explained = { fullName: 'faults (skipped: WS_URL offers no switches)', status: 'pending' };
    expect(complaints([passed, deviating, explained], listed)).toEqual([]);
  });

  it.each([
    [
      'a test fails that is not listed',
      [passed, deviating, { fullName: 'x', status: 'failed' }],
      'Failed: x',
    ],
    [
      'a listed one passes',
      [passed, { ...deviating, status: 'passed' }],
      'Passed, so it is no deviation any more: frames are limited',
    ],
    ['a listed one does not run', [passed], 'Listed as a deviation, but did not run: frames are limited'],
    [
      'one is skipped that does not say why',
      [passed, deviating, { fullName: 'y', status: 'pending' }],
      'Skipped without a reason: y',
    ],
    ['nothing passes', [deviating], 'No test passed'],
  ])('complains where %s', (_, results, complaint) => {
    expect(complaints(results, listed)).toEqual([complaint]);
  });
});
