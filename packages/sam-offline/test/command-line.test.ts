import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('reads values of parameters and secrets from arguments and a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
    const file = join(folder, 'values.env');
    writeFileSync(file, '# comment\n/app/key=a=b\r\n\nother=file\n');
    const args = ['--parameter-file', file, '--parameter', 'other=argument', '--parameter', 'db={"a":1}'];
    expect(parseCommandLine(args)?.values).toEqual({ '/app/key': 'a=b', other: 'argument', db: '{"a":1}' });
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['template.yml', 'template.yml'],
    ['template.json', 'template.json'],
    ['other.yaml', 'template.yaml'],
  ])('in a folder with %s, uses %s', (existing, expected) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'command-line-')));
    writeFileSync(join(folder, existing), '');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(parseCommandLine([])?.template).toBe(join(folder, expected));
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  it('accepts a seed, and draws one by default', () => {
    expect(parseCommandLine(['--strict', '--seed', '4294967295'])).toMatchObject({
      strict: true,
      seed: 4294967295,
    });
    expect(parseCommandLine(['--seed', '0'])?.seed).toBe(0);
    expect(parseCommandLine([])?.seed).not.toBe(parseCommandLine([])?.seed);
  });

  it('accepts folders to serve', () => {
    const parsed = parseCommandLine(['--serve', '/keys=/srv/keys', '--serve', '/a/b.c=/srv/b']);
    expect(parsed?.served).toEqual({ '/keys': '/srv/keys', '/a/b.c': '/srv/b' });
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
    [['sideways'], 'Invalid parameter override "sideways". Use Key=Value'],
  ])('rejects %j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
