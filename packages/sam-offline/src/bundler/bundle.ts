import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import type { BuildFailure } from './build-failures';
import { type BuildResult, buildFiles, SHARED_BUNDLE } from './build-files';
import type { CachedBundle } from './cache/cached-bundle';
import { prepareCodeCache } from './cache/code-cache-folder';
import { checkImports } from './check-imports';
import { createBuildFolder, linkPackages } from './esbuild/esbuild-files';
import { createBuildOptions, type EsbuildSettings } from './esbuild/esbuild-settings';
import { type FunctionSource, findSource, isEsModule } from './function-source';
import type { IncrementalBuilder } from './incremental-builder';
import { createLayerOptions } from './layers';
import type { FunctionCodeModel } from './model';
import { outputName } from './output-name';
import { listModulePaths } from './packages/module-paths';

/** The code of a function, ready to run. */
export interface FunctionCode {
  /** The absolute path of the file to load. */
  readonly file: string;
  readonly isModule: boolean;
  readonly isBundled: boolean;
  /** The shared bundle that the file loads, if there is one. */
  readonly cachedBundle?: CachedBundle;
  /** Whether stack traces refer to the source files instead of the bundle. */
  readonly sourceMaps: boolean;
  /** The absolute path of the folder that corresponds to /var/task on AWS. */
  readonly taskRoot: string;
}

export interface BundleOptions {
  /** The absolute path of the template's folder. */
  readonly root: string;
  readonly settings: EsbuildSettings;
  /**
   * Whether to replace functions that cannot be bundled with modules that fail to load. To find these functions, each file is
   * built separately.
   */
  readonly replacesFailures: boolean;
  /** Makes repeated builds faster. By default, builds do not reuse the results of earlier builds. */
  readonly incremental?: IncrementalBuilder;
  /** Returns the path of the script that worker threads run. It may write the script to the build folder. */
  readonly prepareWorker: (folder: string) => Promise<string>;
}

/** The result of one build. */
export interface Bundles {
  /** The code of each function by its logical ID. */
  readonly code: ReadonlyMap<string, FunctionCode>;
  /** The absolute path of the script that worker threads run. */
  readonly worker: string;
  /** The absolute paths of the functions' source files. */
  readonly sources: readonly string[];
  /** The absolute paths of each function's source files, by logical ID. Undefined if the build was not incremental. */
  readonly sourcesOf: ReadonlyMap<string, readonly string[]> | undefined;
  /** When the build started, in epoch milliseconds. */
  readonly startedAt: number;
  /** The esbuild settings, as JSON. */
  readonly settings: string;
  /** The functions whose code cannot be bundled or loaded, by logical ID. */
  readonly failures: ReadonlyMap<string, BuildFailure>;
  /** Deletes the build folder. */
  remove(): Promise<void>;
}

/** A function with the file of its handler. */
interface LocatedFunction extends FunctionSource {
  readonly fn: FunctionCodeModel;
}

/**
 * Bundles functions with one esbuild call into a new folder in the system's temporary folder. Functions that share a source
 * file share a bundle. Functions that do not need a build run from their CodeUri folder.
 *
 * @throws UsageError that names the function if its source file is missing, if the settings are not valid, or if a function
 * cannot be bundled and is not replaced
 * @throws UnsupportedError for an unsupported setting
 */
export async function bundleFunctions(
  functions: readonly FunctionCodeModel[],
  options: BundleOptions,
): Promise<Bundles> {
  const startedAt = Date.now();
  const located = functions.map((fn) => ({ fn, ...findSource(fn) }));
  const bundled = located.filter(({ isBundled }) => isBundled);
  const plain = located.filter(({ isBundled }) => !isBundled);
  const buildOptions = { ...createBuildOptions(options.settings), ...createLayerOptions(functions) };
  const folder = await createBuildFolder();
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const unloadable = checkImports(plain, options.root, buildOptions);
    unloadable.catch(() => undefined); // awaited below
    const { build, worker } = await buildInto(folder, bundled, buildOptions, options);
    const output = await locateOutput(folder, options.root, build, buildOptions);
    const plainSources = await listPlainSources(plain);
    return {
      code: new Map([
        ...(await Promise.all(bundled.map((located) => describeBundled(located, output)))),
        ...plain.map(describePlain),
      ]),
      worker,
      sources: [...build.inputs, ...[...plainSources.values()].flat()],
      sourcesOf: listSourcesByFunction(bundled, plain, build, plainSources),
      startedAt,
      settings: JSON.stringify(options.settings),
      failures: new Map([
        ...(build.lacksSdk ? await checkImports(bundled, options.root, buildOptions) : []),
        ...listFailures(bundled, build),
        ...(await unloadable),
      ]),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Writes the bundles and the worker script to the build folder, and links the packages that are not bundled. */
async function buildInto(
  folder: string,
  bundled: readonly LocatedFunction[],
  buildOptions: BuildOptions,
  { root, replacesFailures, incremental, prepareWorker }: BundleOptions,
): Promise<{ readonly build: BuildResult; readonly worker: string }> {
  // Bundling AWS SDK v2 takes 10 seconds, and the bundled SDK uses 40 MB of memory in each function.
  const external = [...(buildOptions.external ?? []), ...(bundled.some(findsSdkV2) ? ['aws-sdk'] : [])];
  const work = [
    buildFiles(
      [...new Set(bundled.map(({ file }) => file))],
      { ...buildOptions, external, outdir: folder, absWorkingDir: root },
      replacesFailures,
      incremental,
    ),
    prepareWorker(folder),
    linkPackages(root, folder),
  ] as const;
  await Promise.allSettled(work); // if one task fails, the folder must not be removed while another task still writes files
  const [build, worker] = await Promise.all(work);
  return { build, worker };
}

function findsSdkV2({ fn }: LocatedFunction): boolean {
  return listModulePaths(fn, true).some((folder) => existsSync(join(folder, 'node_modules/aws-sdk')));
}

/** The files that a build wrote. */
interface BuildOutput {
  readonly folder: string;
  readonly root: string;
  readonly isModule: boolean;
  /** The absolute path of the bundle whose compiled code is cached. */
  readonly cached: string;
  /** The folder that stores the compiled code. Undefined if compiled code is not cached. */
  readonly cacheFolder: string | undefined;
  /** The files that could not be bundled. */
  readonly failures: BuildResult['failures'];
}

async function locateOutput(
  folder: string,
  root: string,
  { packages, failures }: BuildResult,
  { format }: BuildOptions,
): Promise<BuildOutput> {
  const cached = packages ?? join(folder, SHARED_BUNDLE);
  const cacheFolder = existsSync(cached) ? await prepareCodeCache(cached) : undefined;
  return { folder, root, isModule: format === 'esm', cached, cacheFolder, failures };
}

/** Returns the logical ID and the code of a function that was bundled. */
async function describeBundled(
  { fn, file: source }: LocatedFunction,
  { folder, root, isModule, cached, cacheFolder, failures }: BuildOutput,
): Promise<[string, FunctionCode]> {
  const name = outputName(source, root);
  const file = join(folder, name + (isModule ? '.mjs' : '.js'));
  const code = {
    file,
    isModule,
    isBundled: true,
    sourceMaps: await isSmallMap(isModule ? file : join(folder, SHARED_BUNDLE)),
    taskRoot: folder,
  };
  if (cacheFolder === undefined || failures.has(source)) return [fn.logicalId, code];
  const cachedBundle = {
    bundle: cached,
    scriptName: join(cacheFolder, SHARED_BUNDLE),
    cache: join(cacheFolder, `${name.replaceAll('/', '-')}.cache`),
  };
  return [fn.logicalId, { ...code, cachedBundle }];
}

/** Returns the logical ID and the code of a function that runs from its CodeUri folder. */
function describePlain({ fn, file }: LocatedFunction): [string, FunctionCode] {
  const isModule = isEsModule(file);
  return [fn.logicalId, { file, isModule, isBundled: false, sourceMaps: false, taskRoot: fn.codeUri }];
}

/** Returns the source files of functions that are not bundled, by CodeUri folder. */
async function listPlainSources(
  plain: readonly LocatedFunction[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const folders = [...new Set(plain.map(({ fn }) => fn.codeUri))];
  return new Map(
    await Promise.all(folders.map(async (folder) => [folder, await listSources(folder)] as const)),
  );
}

function listSourcesByFunction(
  bundled: readonly LocatedFunction[],
  plain: readonly LocatedFunction[],
  { inputsOf }: BuildResult,
  plainSources: ReadonlyMap<string, readonly string[]>,
): Bundles['sourcesOf'] {
  if (!inputsOf) return undefined;
  return new Map([
    ...bundled.map(({ fn, file }) => [fn.logicalId, inputsOf(file)] as const),
    ...plain.map(({ fn }) => [fn.logicalId, plainSources.get(fn.codeUri) ?? []] as const),
  ]);
}

/** Returns the failures by function. */
function listFailures(bundled: readonly LocatedFunction[], { failures }: BuildResult): Bundles['failures'] {
  const found = bundled.map(({ fn, file }) => [fn.logicalId, failures.get(file)] as const);
  return new Map(found.flatMap(([id, failure]) => (failure ? [[id, failure] as const] : [])));
}

/** Node.js parses source maps in the function's memory. A parsed source map takes 14 times the size of the file. */
const MAX_SOURCE_MAP_BYTES = 4 * 1024 * 1024;

/** Returns whether a bundle's source map is small enough to use. */
async function isSmallMap(bundle: string): Promise<boolean> {
  const map = await stat(`${bundle}.map`).catch(() => undefined);
  return map !== undefined && map.size <= MAX_SOURCE_MAP_BYTES;
}

/** Returns the files in a folder that functions may load, except installed packages. */
async function listSources(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        const isSkipped = entry.name === 'node_modules' || entry.name.startsWith('.');
        return isSkipped ? [] : listSources(path);
      }
      return /\.(?:[cm]?js|json)$/.test(entry.name) ? [path] : [];
    }),
  );
  return files.flat();
}
