import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import type { FunctionCodeModel } from './model';

const EXTENSIONS = ['', '.js', '.mjs', '.cjs', '.json', '.ts', '/index.js', '/index.mjs', '/index.ts'];

/**
 * Returns build options that resolve modules in layers: packages in `node_modules`, which Lambda adds to NODE_PATH, and files
 * imported as `/opt/nodejs/…`.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
 */
export function createLayerOptions(functions: readonly FunctionCodeModel[]): BuildOptions {
  const folders = [...new Set(functions.flatMap(({ layers }) => layers))];
  if (folders.length === 0) return {};
  return {
    nodePaths: folders.map((folder) => join(folder, 'node_modules')),
    plugins: [createFilePlugin(folders)],
  };
}

/** Resolves `/opt/nodejs/FILE` to the last layer that contains the file, because later layers overwrite earlier layers. */
function createFilePlugin(folders: readonly string[]): Plugin {
  const candidates = [...folders].reverse();
  return {
    name: 'layers',
    setup(build) {
      build.onResolve({ filter: /^\/opt\/nodejs\// }, ({ path }) => {
        const file = path.slice('/opt/nodejs/'.length);
        const found = candidates
          .flatMap((folder) => EXTENSIONS.map((extension) => join(folder, file + extension)))
          .find((candidate) => /\.\w+$/.test(candidate) && existsSync(candidate));
        return found === undefined ? undefined : { path: found };
      });
    },
  };
}
