import { createHash, randomUUID } from 'node:crypto';
import { existsSync, type Stats, statSync } from 'node:fs';
import { readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { getCacheFolder } from '../../system/cache-folder';
import { createPrivateFolder, removeOldest } from '../../system/private-folder';
import { listBases } from './tsconfig-bases';

/** Smaller bundles build so fast that reusing them saves no time. */
const MIN_BYTES = 256 * 1024;

/** The number of bundles to keep. A bundle takes about 3 MB. */
const KEPT_BUNDLES = 8;

/**
 * A bundle is not cached if a file was modified less than this time before the build, because the file may have changed after
 * esbuild read it.
 */
const RECENT_MS = 2000;

/**
 * Files and folders that determine how imports are resolved and compiled. They are in the folder of a source file or in a
 * parent folder.
 */
const RESOLUTION_FILES = [
  'package.json',
  'tsconfig.json',
  'node_modules',
  join('node_modules', '.package-lock.json'),
];

/** The modification time and size of each file and folder that a bundle depends on. `null` if the path does not exist. */
type Versions = Record<string, readonly [mtimeMs: number, size: number] | null>;

/** A cached bundle. All parts are stored in one file, so that they are replaced atomically. */
interface CachedBuild {
  readonly versions: Versions;
  readonly inputs: readonly string[];
  readonly code: string;
  readonly map: string;
}

/** Options of a build that writes one bundle. */
export interface SingleBuild extends BuildOptions {
  readonly outfile: string;
}

/**
 * Builds a bundle, or copies a cached bundle that an earlier process built from the same files with the same options. For a
 * large application, esbuild takes most of the startup time.
 *
 * A cached bundle is reused only if all of its dependencies are unchanged: its source files, the folders that contain them,
 * each package.json, tsconfig.json and node_modules in these folders or their parent folders, and the files that a
 * tsconfig.json extends. Functions run the cached code, so other users must not be able to write to the cache folder.
 *
 * @param build writes `outfile` and its source map, and returns the absolute paths of the files that it read
 * @returns the absolute paths of the files in the bundle
 */
export async function reuseBuild(
  options: SingleBuild,
  build: () => Promise<readonly string[]>,
  folder = join(getCacheFolder(), 'bundles'),
): Promise<readonly string[]> {
  // Plugins are functions, and their results can depend on anything.
  if (options.plugins || !(await isPrivate(folder))) return build();
  const file = join(folder, `${createKey(options)}.json`);
  const cached = await readBuild(file);
  if (cached && isCurrent(cached.versions)) {
    await writeOutput(options.outfile, cached);
    return cached.inputs;
  }
  const startedAt = Date.now();
  const inputs = await build();
  await storeBuild(file, options, inputs, startedAt);
  return inputs;
}

async function isPrivate(folder: string): Promise<boolean> {
  return createPrivateFolder(folder).then(
    () => true,
    () => false,
  );
}

/**
 * Returns the cache key of a build. The key contains the parent of the output folder, because paths in the source map depend on
 * it. The output folder itself has a random name.
 */
function createKey({ outfile, ...options }: SingleBuild): string {
  const environment = [dirname(dirname(outfile)), process.env.NODE_PATH ?? '', require.resolve('esbuild')];
  return createHash('sha256')
    .update(JSON.stringify([options, environment]))
    .digest('hex');
}

/** Reads a cached bundle. Returns undefined if the file does not exist or is not valid. */
async function readBuild(file: string): Promise<CachedBuild | undefined> {
  try {
    const cached = JSON.parse(await readFile(file, 'utf8')) as CachedBuild;
    const now = new Date();
    await utimes(file, now, now);
    return cached;
  } catch {
    return undefined;
  }
}

/** Stores a bundle for later processes. If the folder is not writable, later processes build the bundle again. */
async function storeBuild(
  file: string,
  { outfile, tsconfig }: SingleBuild,
  inputs: readonly string[],
  startedAt: number,
): Promise<void> {
  const [code, map] = await Promise.all([readFile(outfile, 'utf8'), readFile(`${outfile}.map`, 'utf8')]);
  if (code.length < MIN_BYTES) return;
  const versions = readVersions(inputs, tsconfig === undefined ? [] : [resolve(tsconfig)]);
  for (const config of Object.keys(versions).filter(isConfig)) {
    const bases = listBases(config);
    if (bases === undefined) return;
    for (const base of bases) versions[base] = readVersion(base);
  }
  const isRecent = Object.values(versions).some((version) => version && version[0] > startedAt - RECENT_MS);
  if (isRecent) return;
  const folder = dirname(file);
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify({ versions, inputs, code, map } satisfies CachedBuild));
    await rename(temporary, file);
    await removeOldest(folder, KEPT_BUNDLES);
  } catch {
    return;
  }
}

/** Returns whether a path is a TypeScript configuration file. These files can extend other files. */
function isConfig(path: string): boolean {
  return /tsconfig[^/\\]*\.json$/.test(path) && existsSync(path);
}

async function writeOutput(outfile: string, { code, map }: CachedBuild): Promise<void> {
  await Promise.all([writeFile(outfile, code), writeFile(`${outfile}.map`, map)]);
}

/** Returns the versions of files, of the folders that contain them, and of their `RESOLUTION_FILES`. */
function readVersions(inputs: readonly string[], configurations: readonly string[]): Versions {
  const folders = new Set(inputs.map((input) => dirname(input)));
  const parents = new Set<string>();
  for (const folder of folders) {
    for (let parent = folder; !parents.has(parent); parent = dirname(parent)) parents.add(parent);
  }
  const deciding = [...parents].flatMap((parent) => RESOLUTION_FILES.map((name) => join(parent, name)));
  const paths = [
    require.resolve('esbuild/package.json'),
    ...configurations,
    ...inputs,
    ...folders,
    ...deciding,
  ];
  return Object.fromEntries(paths.map((path) => [path, readVersion(path)]));
}

function isCurrent(versions: Versions): boolean {
  return Object.entries(versions).every(([path, version]) => {
    const current = readVersion(path);
    return current?.[0] === version?.[0] && current?.[1] === version?.[1];
  });
}

function readVersion(path: string): [number, number] | null {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return stats ? [stats.mtimeMs, stats.size] : null;
}
