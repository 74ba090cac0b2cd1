import type { BuildOptions, BuildResult, Metafile } from 'esbuild';

/** How long the esbuild process stays open for another build. */
const IDLE_MS = 5_000;

let running = 0;
let idleTimer: NodeJS.Timeout | undefined;

type Esbuild = typeof import('esbuild');

/**
 * Runs esbuild. Loads it on first use, and stops the esbuild process after `IDLE_MS` without a build, because the process takes
 * 130 MB.
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

/** Opens a build context. The esbuild process runs until the context is disposed. */
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
  // Uses `require`, because Jest loads this package in a `vm` context, where `import()` in CommonJS files fails.
  const esbuild: Esbuild = require('esbuild');
  running += 1;
  return esbuild;
}

function release(): void {
  running -= 1;
  const { stop }: Esbuild = require('esbuild');
  if (running === 0) idleTimer = setTimeout(() => void stop(), IDLE_MS).unref();
}
