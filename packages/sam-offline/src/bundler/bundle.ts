import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildOptions, Message } from 'esbuild';
import { UsageError } from '../core/service';
import type { FunctionModel } from '../lambda/model';
import type { CachedBundle } from '../lambda/worker/code-cache';
import { prepareWorker } from '../lambda/worker-file';
import {
  type BuildFailure,
  createFailingModule,
  findFailures,
  formatFirstError,
  formatMessage,
} from './build-failures';
import { reuseBuild } from './cache/bundle-cache';
import { prepareCodeCache } from './cache/code-cache-folder';
import {
  buildInputs,
  createBuildFolder,
  createLoaders,
  createStub,
  linkPackages,
} from './esbuild/esbuild-files';
import { createBuildOptions, type EsbuildSettings } from './esbuild/esbuild-settings';
import { findSource, isEsModule } from './function-source';
import type { IncrementalBuilder, IncrementalResult } from './incremental-builder';
import { createLayerOptions } from './layers';
import { outputName } from './output-name';

/** The code of a function, ready to run. */
export interface FunctionCode {
  /** The file to load. Absolute. */
  readonly file: string;
  readonly isModule: boolean;
  readonly isBundled: boolean;
  /** The shared bundle that the file loads, if there is one. */
  readonly cachedBundle?: CachedBundle;
  /** Whether stack traces refer to the sources of the bundle. */
  readonly sourceMaps: boolean;
  /** The folder that is /var/task on AWS. Absolute. */
  readonly taskRoot: string;
}

export interface BundleOptions {
  /** The template's folder. Absolute. */
  readonly root: string;
  readonly settings: EsbuildSettings;
  /** Whether modules that fail to load replace functions that cannot be bundled. Finding these takes a build of each file. */
  readonly replacesFailures: boolean;
  /** Makes repeated builds faster. Default: each build is independent of earlier ones. */
  readonly incremental?: IncrementalBuilder;
}

/** The result of one build. */
export interface Bundles {
  /** The code of each function by its logical ID. */
  readonly code: ReadonlyMap<string, FunctionCode>;
  /** The script of the worker threads. Absolute. */
  readonly worker: string;
  /** The source files of the functions. Absolute. */
  readonly sources: readonly string[];
  /** The source files of each function by its logical ID. Absolute. Undefined after a build that is not incremental. */
  readonly sourcesOf: ReadonlyMap<string, readonly string[]> | undefined;
  /** When the build started, in epoch milliseconds. */
  readonly startedAt: number;
  /** The settings of esbuild, as JSON. */
  readonly settings: string;
  /** The functions that could not be bundled, by logical ID. Their code fails to load, with the reason. */
  readonly failures: ReadonlyMap<string, BuildFailure>;
  /** Deletes the folder. */
  remove(): Promise<void>;
}

/**
 * Bundles functions with one esbuild call into a new folder in the system's temporary folder. Functions that share a source
 * file share a bundle. Functions that need no build run from their own folder.
 *
 * @throws UsageError that names the function if its source file is missing, if the settings are not valid, or if a function
 * cannot be bundled and is not replaced
 * @throws UnsupportedError for an unsupported setting
 */
export async function bundleFunctions(
  functions: readonly FunctionModel[],
  { root, settings, replacesFailures, incremental }: BundleOptions,
): Promise<Bundles> {
  const startedAt = Date.now();
  const found = functions.map((fn) => ({ fn, source: findSource(fn) }));
  const bundled = found.filter(({ source }) => source.isBundled);
  const plain = found.filter(({ source }) => !source.isBundled);
  const entries = new Map(bundled.map(({ fn, source }) => [fn.logicalId, source.file]));
  const options = createBuildOptions(settings);
  // Bundling SDK v2 takes 10 seconds, and 40 MB of the memory of each function.
  const external = [...(options.external ?? []), 'aws-sdk'];
  const folder = await createBuildFolder();
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const work = [
      buildFiles(
        [...new Set(entries.values())],
        {
          ...options,
          ...createLayerOptions(functions),
          external,
          outdir: folder,
          absWorkingDir: root,
        },
        replacesFailures,
        incremental,
      ),
      prepareWorker(folder),
      linkPackages(root, folder),
    ] as const;
    await Promise.allSettled(work); // after a failure, `remove` must not run while files are still being written
    const [{ inputs, failures: failedFiles, packages, inputsOf }, worker] = await Promise.all(work);
    const extension = options.format === 'esm' ? '.mjs' : '.js';
    const bundle = join(folder, SHARED_BUNDLE);
    const cached = packages ?? bundle;
    const cacheFolder = existsSync(cached) ? await prepareCodeCache(cached) : undefined;
    const code = new Map<string, FunctionCode>();
    for (const [logicalId, source] of entries) {
      const name = outputName(source, root);
      const file = join(folder, name + extension);
      const sourceMaps = await isSmallMap(extension === '.mjs' ? file : bundle);
      code.set(logicalId, {
        file,
        isModule: extension === '.mjs',
        isBundled: true,
        ...(cacheFolder && !failedFiles.has(source)
          ? {
              cachedBundle: {
                bundle: cached,
                scriptName: join(cacheFolder, SHARED_BUNDLE),
                cache: join(cacheFolder, `${name.replaceAll('/', '-')}.cache`),
              },
            }
          : {}),
        sourceMaps,
        taskRoot: folder,
      });
    }
    for (const { fn, source } of plain) {
      const { file } = source;
      code.set(fn.logicalId, {
        file,
        isModule: isEsModule(file),
        isBundled: false,
        sourceMaps: false,
        taskRoot: fn.codeUri,
      });
    }
    const plainFolders = [...new Set(plain.map(({ fn }) => fn.codeUri))];
    const plainSources = new Map(
      await Promise.all(plainFolders.map(async (folder) => [folder, await listSources(folder)] as const)),
    );
    const failures = new Map<string, BuildFailure>();
    for (const [logicalId, source] of entries) {
      const failure = failedFiles.get(source);
      if (failure) failures.set(logicalId, failure);
    }
    const sourcesOf =
      inputsOf &&
      new Map([
        ...bundled.map(({ fn, source }) => [fn.logicalId, inputsOf(source.file)] as const),
        ...plain.map(({ fn }) => [fn.logicalId, plainSources.get(fn.codeUri) ?? []] as const),
      ]);
    const sources = [...inputs, ...[...plainSources.values()].flat()];
    return {
      code,
      worker,
      sources,
      sourcesOf,
      startedAt,
      settings: JSON.stringify(settings),
      failures,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

type FunctionBuild = BuildOptions & { absWorkingDir: string; outdir: string };
type BuildError = Error & { errors?: Message[] };

interface BuildResult extends Partial<IncrementalResult> {
  /** The files that esbuild read. Absolute. */
  readonly inputs: readonly string[];
  /** The files that could not be bundled. */
  readonly failures: ReadonlyMap<string, BuildFailure>;
}

/** Bundles all files at once. If that fails, can replace the failing ones with modules that fail to load. */
async function buildFiles(
  files: readonly string[],
  options: FunctionBuild,
  replacesFailures: boolean,
  incremental: IncrementalBuilder | undefined,
): Promise<BuildResult> {
  try {
    return { ...(await bundleFiles(files, options, incremental)), failures: new Map() };
  } catch (error) {
    const { message, errors = [] } = error as BuildError;
    if (!replacesFailures) throw new UsageError(formatFirstError(errors) ?? message);
    const withoutSdk = lacksSdk(error as BuildError) ? excludeSdk(options) : options;
    const failures = await findFailures(files, withoutSdk).catch(() => new Map<string, BuildFailure>());
    if (failures.size === 0) {
      throw new UsageError(`The functions could not be bundled:\n${formatError(error as BuildError)}`);
    }
    await writeFailingModules(failures, options);
    const remaining = files.filter((file) => !failures.has(file));
    const { inputs } = await bundleFiles(remaining, options);
    const failed = [...failures].flatMap(([file, failure]) => [file, ...failure.files]);
    return { inputs: [...new Set([...inputs, ...failed])], failures };
  }
}

async function bundleFiles(
  files: readonly string[],
  options: FunctionBuild,
  incremental?: IncrementalBuilder,
): Promise<Omit<BuildResult, 'failures'>> {
  if (files.length === 0) return { inputs: [], inputsOf: () => [] };
  const entryPoints = Object.fromEntries(
    files.map((file) => [outputName(file, options.absWorkingDir), file]),
  );
  const buildOptions = { ...options, ...outputOptions(entryPoints, options) };
  const result = await runBuild(buildOptions, incremental).catch((error) => {
    if (!lacksSdk(error)) throw error;
    return runBuild(excludeSdk(buildOptions), incremental);
  });
  await writeStubs(Object.keys(entryPoints), options);
  return result;
}

async function runBuild(
  options: BuildOptions & { absWorkingDir: string },
  incremental: IncrementalBuilder | undefined,
): Promise<Omit<BuildResult, 'failures'>> {
  if (incremental) return incremental.build(options);
  const { outfile } = options;
  const build = () => buildInputs(options);
  return { inputs: await (outfile === undefined ? build() : reuseBuild({ ...options, outfile }, build)) };
}

async function writeFailingModules(
  failures: ReadonlyMap<string, BuildFailure>,
  { outdir, absWorkingDir, format }: FunctionBuild,
): Promise<void> {
  for (const [source, failure] of failures) {
    const file = join(outdir, outputName(source, absWorkingDir) + (format === 'esm' ? '.mjs' : '.js'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, createFailingModule(failure));
  }
}

/** The packages that Lambda runtimes contain. */
const SDK_PACKAGES = ['aws-sdk', '@aws-sdk/*', '@smithy/*'];

/** Returns whether a build failed because an SDK is not installed. Functions then load it from the runtime. */
function lacksSdk({ errors = [] }: BuildError): boolean {
  return errors.some(({ text }) => /^Could not resolve "(?:aws-sdk|@aws-sdk|@smithy)["/]/.test(text));
}

function excludeSdk<T extends BuildOptions>(options: T): T {
  return { ...options, external: [...(options.external ?? []), ...SDK_PACKAGES] };
}

/** The shared bundle of all functions. Each function has a stub that loads its part. */
const SHARED_BUNDLE = 'all-functions.js';

/**
 * CommonJS functions go into one file, so that esbuild parses and writes shared modules once: four times faster than
 * eleven files that each contain the SDK. Modules still load on demand. ES modules get one file per function.
 */
function outputOptions(entryPoints: Record<string, string>, options: FunctionBuild): BuildOptions {
  if (options.format === 'esm') return { entryPoints };
  const contents = createLoaders(Object.entries(entryPoints));
  const { outdir, absWorkingDir } = options;
  return {
    stdin: { contents, resolveDir: absWorkingDir },
    outfile: join(outdir, SHARED_BUNDLE),
    outdir: undefined,
  };
}

async function writeStubs(names: readonly string[], { outdir, format }: FunctionBuild): Promise<void> {
  if (format === 'esm') return;
  const bundle = join(outdir, SHARED_BUNDLE);
  for (const name of names) {
    const file = join(outdir, `${name}.js`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, createStub(bundle, name));
  }
}

function formatError({ message, errors = [] }: BuildError): string {
  return errors.length === 0 ? message : errors.map(formatMessage).join('\n');
}

/** Node.js parses a source map inside the function's memory, where it takes 14 times its size. */
const MAX_SOURCE_MAP_BYTES = 4 * 1024 * 1024;

/** Returns whether a bundle's source map is small enough to be used. */
async function isSmallMap(bundle: string): Promise<boolean> {
  const map = await stat(`${bundle}.map`).catch(() => undefined);
  return map !== undefined && map.size <= MAX_SOURCE_MAP_BYTES;
}

/** Returns the files in a folder that functions may load, without installed packages. */
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
