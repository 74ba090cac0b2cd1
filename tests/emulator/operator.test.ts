import { parseResults } from './operator';

const names = ['the table exists', 'tracing is enabled', 'the page is served', 'a message is delivered'];

describe('parseResults', () => {
  it('reads the verdict for each name: ok, failed with a reason, or skipped', () => {
    const stdout = [
      '  ok       the table exists',
      '  FAILED   tracing is enabled: it is disabled',
      '  skipped  the page is served',
      '  ok      a message is delivered (12 ms)',
    ].join('\n');
    expect(parseResults('check', names, { code: 1, stdout, stderr: '' })).toEqual([
      { fullName: 'check the table exists', status: 'passed' },
      {
        fullName: 'check tracing is enabled',
        status: 'failed',
        failureMessages: ['  FAILED   tracing is enabled: it is disabled'],
      },
      { fullName: 'check the page is served', status: 'pending' },
      { fullName: 'check a message is delivered', status: 'passed' },
      { fullName: 'check exits with the expected code', status: 'passed' },
    ]);
  });

  it.each([
    ['0 although a check failed', '  FAILED   the table exists: it is missing', 0],
    ['1 although no check failed', '  ok       the table exists', 1],
  ])('reports the exit code %s', (_, stdout, code) => {
    expect(parseResults('check', ['the table exists'], { code, stdout, stderr: '' }).at(-1)).toEqual({
      fullName: 'check exits with the expected code',
      status: 'failed',
    });
  });

  it('reports a name as failed if the output does not contain it', () => {
    const result = { code: 1, stdout: '  ok       the table exists, partly', stderr: '' };
    expect(parseResults('check', ['the table exists'], result)[0]).toMatchObject({ status: 'failed' });
  });
});
