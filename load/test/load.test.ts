import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { itAtLength } from '../../testbed/at-length';
import { root } from '../../testbed/template';

const folder = join(root, 'load', 'test');

/** The load tests are ES modules in a separate package, so they run with the Node.js test runner. */
itAtLength('passes all tests in load/test', async () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.mjs'));
  const args = ['--test', ...files.map((name) => join(folder, name))];
  const run = promisify(execFile)(process.execPath, args, { timeout: 55_000 });
  const { stdout } = await run.catch((error) => ({ stdout: `${error.stdout}${error.stderr}` }));
  expect(stdout).toMatch(/^(?:#|ℹ) fail 0$/m);
  expect(stdout).toMatch(/^(?:#|ℹ) pass [1-9]\d$/m);
});
