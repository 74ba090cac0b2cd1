import type { BuildOptions, Metafile } from 'esbuild';

/** How long the process of esbuild waits for another build. */
const IDLE_MS = 5_000;

let running = 0;
let idleTimer: NodeJS.Timeout | undefined;

/**
 * Runs esbuild, which is loaded only if it is needed. Its process takes 130 MB and would otherwise run as long as this one, so it
 * is ended when no build has run for a while.
 *
 * @returns the files that esbuild read and wrote
 */
export async function runEsbuild(options: BuildOptions): Promise<Metafile> {
  // Test runners that load this package in a context of `vm`, such as jest, reject `import()` in CommonJS files.
  const { build, stop }: typeof import('esbuild') = require('esbuild');
  clearTimeout(idleTimer);
  running += 1;
  try {
    const { metafile } = await build({ ...options, metafile: true });
    return metafile;
  } finally {
    running -= 1;
    if (running === 0) idleTimer = setTimeout(() => void stop(), IDLE_MS).unref();
  }
}
