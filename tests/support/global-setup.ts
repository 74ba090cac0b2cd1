import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED_RUNTIMES } from '../../testbed/runtime-process';

/**
 * Builds the runtime, and creates the directory in which jest's workers record the runtimes they share. Sets the seed of
 * the runtimes' and the property tests' random choices, unless `SEED` is set.
 */
export default function globalSetup(): void {
  execFileSync(process.execPath, ['packages/sam-offline/build.js', '--if-stale'], { stdio: 'inherit' });
  process.env[SHARED_RUNTIMES] = mkdtempSync(join(tmpdir(), 'roomcast-tests-'));
  process.env.SEED ??= String(Math.floor(Math.random() * 2 ** 31));
}
