import { parseCommandLine } from '../src/cli/command-line';
import { UsageError } from '../src/core/service';

describe('the command line', () => {
  it('has defaults', () => {
    expect(parseCommandLine([])).toMatchObject({ port: 3000, parameters: {}, watch: false });
  });

  it('takes parameter values as sam does, those that follow included', () => {
    const parsed = parseCommandLine(['--port', '0', '--parameter-overrides', 'A=1', 'B=2', '--watch']);
    expect(parsed).toMatchObject({ port: 0, parameters: { A: '1', B: '2' }, watch: true });
  });

  it('may ask for help', () => expect(parseCommandLine(['--help'])).toBeUndefined());

  it.each([
    [['--port', 'abc'], '--port "abc" is no port'],
    [['--port', ''], '--port "" is no port'],
    [['--port', '1e3'], '--port "1e3" is no port'],
    [['--port', '65536'], '--port "65536" is no port'],
    [['3001'], '3001 is no option. For the port: --port 3001'],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--verbose'], "Unknown option '--verbose'"],
    [['--data', ''], '--data needs a path'],
    [['sideways'], 'Invalid parameter override "sideways". Use Key=Value'],
  ])('refuses %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
