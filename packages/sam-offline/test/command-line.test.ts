import { parseCommandLine } from '../src/cli/command-line';
import { UsageError } from '../src/core/service';

describe('the command line', () => {
  it('has defaults', () => {
    expect(parseCommandLine([])).toMatchObject({ port: 3000, parameters: {}, watch: false });
  });

  it('accepts several parameter values, as the SAM CLI does', () => {
    const parsed = parseCommandLine(['--port', '0', '--parameter-overrides', 'A=1', 'B=2', '--watch']);
    expect(parsed).toMatchObject({ port: 0, parameters: { A: '1', B: '2' }, watch: true });
  });

  it('returns undefined for --help', () => expect(parseCommandLine(['--help'])).toBeUndefined());

  it.each([
    [['--port', 'abc'], '--port "abc" is not a valid port'],
    [['--port', ''], '--port "" is not a valid port'],
    [['--port', '1e3'], '--port "1e3" is not a valid port'],
    [['--port', '65536'], '--port "65536" is not a valid port'],
    [['3001'], 'To set the port, use --port 3001.'],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--verbose'], "Unknown option '--verbose'"],
    [['--lambda-concurrency', '0'], '--lambda-concurrency requires a positive integer'],
    [['--data', ''], '--data requires a path'],
    [['sideways'], 'Invalid parameter override "sideways". Use Key=Value'],
  ])('rejects %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
