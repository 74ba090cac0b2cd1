import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../tests/support/template';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Runs what `npm run` runs, without npm's own output and its second to start. */
async function call(script: string, ...args: string[]) {
  const [, file = ''] = scripts[script].split(' ');
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...args], { cwd: root });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

it.each(['sessions', 'smoke', 'verify:aws', 'deploy:web', 'bench'])(
  'npm run %s -- --help prints its usage, and does nothing',
  async (script) => {
    const { code, stdout, stderr } = await call(script, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`\n  npm run ${script} -- `);
    expect(stdout).toMatch(/^ {2}--help +show this text$/m);
  },
);

it.each([
  ['sessions --limitt 3', "Unknown option '--limitt'"],
  ['sessions roomcast', '"roomcast" is not understood'],
  ['bench client-sise', '"client-sise" is not understood; there are: client-size,'],
  ['smoke --port x', '--port "x" is no whole number above 0.'],
  ['verify:aws', 'Which stack?'],
  ['deploy:web --empty', 'Which stack?'],
])('npm run %s tells what is wrong, with the usage', async (typed, complaint) => {
  const [script = '', ...args] = typed.split(' ');
  const { code, stdout, stderr } = await call(script, ...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(complaint);
  expect(stderr).toContain(`\n  npm run ${script} -- `);
});

it('npm run smoke names the runtime that it looked for in vain', async () => {
  const { code, stderr } = await call('smoke', '--port', '1');
  expect([code, stderr]).toEqual([
    1,
    'Nothing runs on port 1. Start it with npm start, or name a deployed stack with --stack.\n',
  ]);
});
