import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root } from '../tests/support/template';

/** Bundles code with the settings of the functions in `esbuild.json`. Returns `outfile`. */
export async function bundle(options: BuildOptions & { outfile: string }): Promise<string> {
  const settings: BuildOptions = JSON.parse(readFileSync(join(root, 'esbuild.json'), 'utf8'));
  await build({ ...settings, bundle: true, absWorkingDir: root, ...options });
  return options.outfile;
}

/** Bundles a function, for example `sendmessage`. Returns `outfile`. */
export function bundleFunction(name: string, options: BuildOptions & { outfile: string }): Promise<string> {
  return bundle({ entryPoints: [join(root, 'functions', `${name}.ts`)], ...options });
}
