import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../tests/support/template';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Runs an npm script without npm, which adds output and a second of start-up time. */
async function runScript(script: string, ...args: string[]) {
  const [, ...command] = scripts[script].split(' ');
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', ...command, ...args], { cwd: root });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

it.each(['sessions', 'smoke', 'verify:aws', 'deploy:web', 'docs:protocol', 'bench'])(
  'npm run %s -- --help prints the usage',
  async (script) => {
    const { code, stdout, stderr } = await runScript(script, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`\n  npm run ${script} -- `);
    expect(stdout).toMatch(/^ {2}--help +show this text$/m);
  },
);

it.each([
  ['sessions --limitt 3', "Unknown option '--limitt'"],
  ['sessions roomcast', 'Unknown argument "roomcast".'],
  ['bench client-sise', 'Unknown argument "client-sise". Use one of: client-size,'],
  ['smoke --port x', '--port "x" is not a valid number. Use 1 to 999999.'],
  ['verify:aws', 'No stack selected. Use --stack NAME or --local.'],
  ['deploy:web --empty', 'No stack selected. Use --stack NAME.'],
])('npm run %s prints the error and the usage', async (commandLine, message) => {
  const [script = '', ...args] = commandLine.split(' ');
  const { code, stdout, stderr } = await runScript(script, ...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain(`\n  npm run ${script} -- `);
});

it('npm run smoke fails if no runtime listens on the port', async () => {
  const { code, stderr } = await runScript('smoke', '--port', '1');
  expect([code, stderr]).toEqual([
    1,
    'No runtime found on port 1. Run npm start, or select a deployed stack with --stack.\n',
  ]);
});
