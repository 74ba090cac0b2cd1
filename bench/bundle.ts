import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root } from '../testbed/template';

/** Bundles code with the Lambda settings in the `esbuild.json` file in `absWorkingDir`. Returns `outfile`. */
export async function bundle(options: BuildOptions & { outfile: string }): Promise<string> {
  const { absWorkingDir = root } = options;
  const settings: BuildOptions = JSON.parse(readFileSync(join(absWorkingDir, 'esbuild.json'), 'utf8'));
  await build({ ...settings, bundle: true, ...options, absWorkingDir });
  return options.outfile;
}

/** Bundles a function, for example `sendmessage`. Returns `outfile`. */
export function bundleFunction(name: string, options: BuildOptions & { outfile: string }): Promise<string> {
  return bundle({ entryPoints: [`./functions/${name}.ts`], ...options });
}
