import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED_RUNTIMES } from '../../testbed/runtime-process';

/**
 * Builds the runtime and creates the directory in which Jest workers record their shared runtimes. Unless `SEED` is set, also
 * sets the random seed for the runtimes and the property tests.
 */
export default function globalSetup(): void {
  execFileSync(process.execPath, ['packages/sam-offline/build.js', '--if-stale'], { stdio: 'inherit' });
  process.env[SHARED_RUNTIMES] = mkdtempSync(join(tmpdir(), 'roomcast-tests-'));
  process.env.SEED ??= String(Math.floor(Math.random() * 2 ** 31));
}
