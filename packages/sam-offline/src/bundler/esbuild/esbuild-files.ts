import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';
import { runEsbuild } from './run-esbuild';
import { thinSourceMap } from './thin-source-map';

/**
 * Creates a folder for bundles in the system's temporary folder. Returns its real path, because Node.js loads modules by their
 * real paths. On macOS, the path of the temporary folder contains a symbolic link.
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

/** Returns the absolute paths of the files that esbuild read. Excludes modules that plugins generate. */
export function listInputs({ inputs }: Metafile, root: string): string[] {
  return Object.keys(inputs)
    .filter((input) => !isVirtual(input))
    .map((input) => resolve(root, input));
}

/** Returns whether an input is not a file, but standard input or a plugin module (`NAMESPACE:…`). */
export function isVirtual(input: string): boolean {
  return input === '<stdin>' || /^[a-z-]{2,}:/.test(input);
}

async function thinFile(map: string): Promise<void> {
  await writeFile(map, thinSourceMap(await readFile(map, 'utf8')));
}

/** Links the application's node_modules into the output folder, so that bundles can load `external` packages. */
export async function linkPackages(root: string, outdir: string): Promise<void> {
  for (let folder = root; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    if (existsSync(packages)) return symlink(packages, join(outdir, 'node_modules'), 'junction');
    if (dirname(folder) === folder) return;
  }
}

/**
 * Returns the entry point of a bundle that contains several modules. Each module loads on demand.
 *
 * @param modules the name that the stub uses and the file of each module
 */
export function createLoaders(modules: readonly (readonly [name: string, file: string])[]): string {
  const loaders = modules.map(
    ([name, file]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(file)}),`,
  );
  return `module.exports = {\n${loaders.join('\n')}\n};`;
}

/** Returns the source of a stub that loads one module from a bundle. */
export function createStub(bundle: string, name: string): string {
  return `module.exports = require(${JSON.stringify(bundle)})[${JSON.stringify(name)}]();\n`;
}
