import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runEsbuild } from '../bundler/esbuild/run-esbuild';

/**
 * Returns the path of the script that worker threads run. In the built package, the script is next to this module. If the
 * TypeScript sources run directly, for example in tests, bundles the script into `outdir`.
 */
export async function prepareWorker(outdir: string): Promise<string> {
  const built = join(__dirname, 'worker.js');
  if (existsSync(built)) return built;
  await runEsbuild({
    entryPoints: { worker: join(__dirname, 'worker/index.ts') },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
  return join(outdir, 'worker.js');
}
