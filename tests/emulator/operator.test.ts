import { resultsOf } from './operator';

const names = ['the door is shut', 'the light is off', 'the cat is in', 'the key is there'];

describe('what an operator is told', () => {
  it('is read by name: ok, failed with a reason, not here', () => {
    const stdout = [
      '  ok       the door is shut',
      '  FAILED   the light is off: it is on',
      '  not here the cat is in',
      '  ok      the key is there (12 ms)',
    ].join('\n');
    expect(resultsOf('look', names, { code: 1, stdout, stderr: '' })).toEqual([
      { fullName: 'look the door is shut', status: 'passed' },
      { fullName: 'look the light is off', status: 'failed' },
      { fullName: 'look the cat is in', status: 'pending' },
      { fullName: 'look the key is there', status: 'passed' },
      { fullName: 'look exits with what it found', status: 'passed' },
    ]);
  });

  it.each([
    ['ends with 0 although something failed', '  FAILED   the door is shut: it is open', 0],
    ['ends with 1 although nothing failed', '  ok       the door is shut', 1],
  ])('is not believed where the command %s', (_, stdout, code) => {
    expect(resultsOf('look', ['the door is shut'], { code, stdout, stderr: '' }).at(-1)).toEqual({
      fullName: 'look exits with what it found',
      status: 'failed',
    });
  });

  it('has failed where nothing is said of it', () => {
    const said = { code: 1, stdout: '  ok       the door is shut, more or less', stderr: '' };
    expect(resultsOf('look', ['the door is shut'], said)[0]).toMatchObject({ status: 'failed' });
  });
});
