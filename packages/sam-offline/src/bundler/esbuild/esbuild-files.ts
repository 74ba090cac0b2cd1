import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { runEsbuild } from './run-esbuild';
import { thinSourceMap } from './thin-source-map';

/**
 * Creates a folder for bundles in the system's temporary folder. Returns its path without links, because Node.js loads modules
 * by their real paths. On macOS, the temporary folder is behind a link.
 */
export async function createBuildFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), 'sam-offline-')));
}

/** Runs esbuild. Returns the absolute paths of the files that it read. */
export async function buildInputs(options: BuildOptions & { absWorkingDir: string }): Promise<string[]> {
  const metafile = await runEsbuild(options);
  const maps = Object.keys(metafile.outputs).filter((file) => file.endsWith('.map'));
  for (const map of maps) await thinFile(resolve(options.absWorkingDir, map));
  return listInputs(metafile, options.absWorkingDir);
}

/** Returns the absolute paths of the files that esbuild read, without modules of plugins. */
export function listInputs({ inputs }: Metafile, root: string): string[] {
  return Object.keys(inputs)
    .filter((input) => !isVirtual(input))
    .map((input) => resolve(root, input));
}

/** Returns whether an input is not a file: standard input, or `NAMESPACE:…` of a plugin. */
export function isVirtual(input: string): boolean {
  return input === '<stdin>' || /^[a-z-]{2,}:/.test(input);
}

async function thinFile(map: string): Promise<void> {
  await writeFile(map, thinSourceMap(await readFile(map, 'utf8')));
}

/** Makes the application's packages resolvable from the bundles, for packages that esbuild leaves `external`. */
export async function linkPackages(root: string, outdir: string): Promise<void> {
  for (let folder = root; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    if (existsSync(packages)) return symlink(packages, join(outdir, 'node_modules'), 'junction');
    if (dirname(folder) === folder) return;
  }
}

/**
 * Returns the entry of a bundle that contains several modules, which load on demand.
 *
 * @param modules the files by the names that stubs load
 */
export function createLoaders(modules: readonly (readonly [name: string, file: string])[]): string {
  const loaders = modules.map(
    ([name, file]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(file)}),`,
  );
  return `module.exports = {\n${loaders.join('\n')}\n};`;
}

/** Returns a module that loads one of the modules of a bundle. */
export function createStub(bundle: string, name: string): string {
  return `module.exports = require(${JSON.stringify(bundle)})[${JSON.stringify(name)}]();\n`;
}
