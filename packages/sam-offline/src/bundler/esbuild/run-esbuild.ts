import type { BuildOptions, BuildResult, Metafile } from 'esbuild';

/** How long the process of esbuild waits for another build. */
const IDLE_MS = 5_000;

let running = 0;
let idleTimer: NodeJS.Timeout | undefined;

type Esbuild = typeof import('esbuild');

/**
 * Runs esbuild, which is loaded only if it is needed. Its process takes 130 MB and would otherwise run as long as this one, so it
 * is ended when no build has run for a while.
 *
 * @returns the files that esbuild read and wrote
 */
export async function runEsbuild(options: BuildOptions): Promise<Metafile> {
  const { build } = acquire();
  try {
    const { metafile } = await build({ ...options, metafile: true });
    return metafile;
  } finally {
    release();
  }
}

/** A build that can be repeated. */
export interface EsbuildContext {
  rebuild(): Promise<BuildResult<{ metafile: true; write: false }>>;
  dispose(): Promise<void>;
}

/** Opens a context, for which the process of esbuild runs until it is disposed. */
export async function openContext(options: BuildOptions): Promise<EsbuildContext> {
  const { context } = acquire();
  try {
    const { rebuild, dispose } = await context({ ...options, metafile: true, write: false });
    return { rebuild, dispose: () => dispose().finally(release) };
  } catch (error) {
    release();
    throw error;
  }
}

function acquire(): Esbuild {
  clearTimeout(idleTimer);
  // Test runners that load this package in a context of `vm`, such as jest, reject `import()` in CommonJS files.
  const esbuild: Esbuild = require('esbuild');
  running += 1;
  return esbuild;
}

function release(): void {
  running -= 1;
  const { stop }: Esbuild = require('esbuild');
  if (running === 0) idleTimer = setTimeout(() => void stop(), IDLE_MS).unref();
}
