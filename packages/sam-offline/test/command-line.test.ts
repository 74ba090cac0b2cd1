import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine, type StartArguments } from '../src/cli/command-line';
import { UsageError } from '../src/core/service';

const parseStart = (args: string[]) => parseCommandLine(args) as StartArguments | undefined;

describe('the command line', () => {
  it('has defaults', () => {
    expect(parseCommandLine([])).toMatchObject({ port: 3000, parameters: {}, watch: false });
  });

  it('accepts several parameter values, as the SAM CLI does', () => {
    const parsed = parseCommandLine(['--port', '0', '--parameter-overrides', 'A=1', 'B=2', '--watch']);
    expect(parsed).toMatchObject({ port: 0, parameters: { A: '1', B: '2' }, watch: true });
  });

  it('reads values of parameters and secrets from arguments and a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
    const file = join(folder, 'values.env');
    writeFileSync(file, '# comment\n/app/key=a=b\r\n\nother=file\n');
    const args = ['--parameter-file', file, '--parameter', 'other=argument', '--parameter', 'db={"a":1}'];
    expect(parseStart(args)?.values).toEqual({ '/app/key': 'a=b', other: 'argument', db: '{"a":1}' });
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['template.yml', 'template.yml'],
    ['template.json', 'template.json'],
    ['other.yaml', 'template.yaml'],
  ])('if the folder contains %s, uses %s', (existing, expected) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'command-line-')));
    writeFileSync(join(folder, existing), '');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(parseStart([])?.template).toBe(join(folder, expected));
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  it('accepts a seed, and draws a random seed by default', () => {
    expect(parseCommandLine(['--strict', '--seed', '4294967295'])).toMatchObject({
      strict: true,
      seed: 4294967295,
    });
    expect(parseStart(['--seed', '0'])?.seed).toBe(0);
    expect(parseStart([])?.seed).not.toBe(parseStart([])?.seed);
  });

  it('accepts functions to initialize in advance', () => {
    expect(parseStart(['--warm', 'ConnectFunction', '--warm', 'PostFunction'])?.warm).toEqual([
      'ConnectFunction',
      'PostFunction',
    ]);
    expect(parseStart([])?.warm).toEqual([]);
  });

  it.each<[string[], object]>([
    [[], { yes: false }],
    [['--yes', '--no-install'], { yes: true, install: false }],
    [['--install'], { yes: false, install: true }],
  ])('reads the permission to install packages from %j', (args, expected) => {
    const { yes, install } = parseStart(args) as StartArguments;
    expect({ yes, install }).toEqual(expected);
  });

  it('accepts a folder for a new application', () => {
    expect(parseCommandLine(['init'])).toEqual({ command: 'init', folder: '.' });
    expect(parseCommandLine(['init', 'app'])).toEqual({ command: 'init', folder: 'app' });
    expect(() => parseCommandLine(['init', 'a', 'b'])).toThrow('Unknown argument b. init takes one folder.');
  });

  it('accepts folders to serve', () => {
    const parsed = parseStart(['--serve', '/keys=/srv/keys', '--serve', '/a/b.c=/srv/b']);
    expect(parsed?.served).toEqual({ '/keys': '/srv/keys', '/a/b.c': '/srv/b' });
  });

  it.each([['--help'], ['check', '--help'], ['invoke', '--help']])('returns undefined for %s %s', (...args) =>
    expect(parseCommandLine(args)).toBeUndefined(),
  );

  it('accepts commands for a running application', () => {
    expect(parseCommandLine(['invoke', 'Fn', '-e', 'event.json', '--port', '4000'])).toMatchObject({
      command: 'invoke',
      target: 'Fn',
      eventFile: 'event.json',
      port: 4000,
    });
    expect(parseCommandLine(['send', 'Queue', 'hello'])).toMatchObject({
      command: 'send',
      target: 'Queue',
      body: 'hello',
      port: undefined,
    });
  });

  it('starts the application with the command start or without a command', () => {
    expect(parseCommandLine(['start', '--port', '0', '--json'])).toMatchObject({
      command: 'start',
      json: true,
    });
    expect(parseCommandLine(['--debug-port', '0'])).toMatchObject({ command: 'start', debugPort: 0 });
    expect(parseCommandLine(['check', '--strict'])).toMatchObject({ command: 'check', strict: true });
  });

  it.each([
    [['--port', 'abc'], '--port "abc" is not a valid port'],
    [['--port', ''], '--port "" is not a valid port'],
    [['--port', '1e3'], '--port "1e3" is not a valid port'],
    [['--port', '65536'], '--port "65536" is not a valid port'],
    [['3001'], 'To set the port, use --port 3001.'],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--verbose'], 'Unknown option --verbose.\nRun "sam-offline --help"'],
    [
      ['--paramter-overrides', 'A=1'],
      'Unknown option --paramter-overrides. Did you mean --parameter-overrides?',
    ],
    [['check', '--port', '1'], 'Unknown option --port.'],
    [['chek'], 'Unknown command "chek". Did you mean check?'],
    [['invoke'], 'invoke requires the name of a function.'],
    [['send', '--port', '1'], 'send requires the name of a queue or event bus.'],
    [['exec', 'A', '{', '}'], 'Unknown argument }. Quote the body.'],
    [['invoke', 'A', '--port', 'x'], '--port "x" is not a valid port'],
    [['--debug-port', 'x'], '--debug-port "x" is not a valid port'],
    [['--lambda-concurrency', '0'], '--lambda-concurrency requires a positive integer'],
    [['--environments-per-function', '0'], '--environments-per-function requires a positive integer'],
    [['--seed', '-1'], '--seed'],
    [['--seed', ''], '--seed requires an integer from 0 to 4294967295.'],
    [['--seed', '1.5'], '--seed requires an integer from 0 to 4294967295.'],
    [['--seed', '4294967296'], '--seed requires an integer from 0 to 4294967295.'],
    [['--data', ''], '--data requires a path'],
    [['--serve', '/keys'], '--serve "/keys" is not valid'],
    [['--serve', 'keys=folder'], '--serve "keys=folder" is not valid'],
    [['--serve', '/=folder'], '--serve "/=folder" is not valid'],
    [['--parameter', 'name'], 'Invalid parameter "name". Use NAME=VALUE.'],
    [['--parameter-file', '/nowhere'], '--parameter-file cannot be read'],
    [['sideways'], 'Unknown command "sideways".\nRun "sam-offline --help"'],
    [['--parameter-overrides', 'sideways'], 'Invalid parameter override "sideways". Use Key=Value'],
  ])('rejects %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
