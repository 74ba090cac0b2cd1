import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED_RUNTIMES } from './runtime-process';

/** Creates the directory in which jest's workers record the runtimes they share. */
export default function globalSetup(): void {
  process.env[SHARED_RUNTIMES] = mkdtempSync(join(tmpdir(), 'roomcast-tests-'));
}
