import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import type { BuildOptions, Message } from 'esbuild';
import { UsageError } from '../core/service';
import {
  type BuildFailure,
  createFailingModule,
  findFailures,
  formatFirstError,
  formatMessage,
} from './build-failures';
import { reuseBuild } from './bundle-cache';
import { prepareCodeCache } from './code-cache-folder';
import { createBuildOptions, type EsbuildSettings } from './esbuild-settings';
import { findSource, isEsModule } from './function-source';
import { createLayerOptions } from './layers';
import type { FunctionModel } from './model';
import { runEsbuild } from './run-esbuild';
import { thinSourceMap } from './thin-source-map';
import type { CachedBundle } from './worker/code-cache';
import { prepareWorker } from './worker-file';

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
}

/** The result of one build. */
export interface Bundles {
  /** The code of each function by its logical ID. */
  readonly code: ReadonlyMap<string, FunctionCode>;
  /** The script of the worker threads. Absolute. */
  readonly worker: string;
  /** The source files of the functions. Absolute. */
  readonly sources: readonly string[];
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
  { root, settings, replacesFailures }: BundleOptions,
): Promise<Bundles> {
  const found = functions.map((fn) => ({ fn, source: findSource(fn) }));
  const bundled = found.filter(({ source }) => source.isBundled);
  const plain = found.filter(({ source }) => !source.isBundled);
  const entries = new Map(bundled.map(({ fn, source }) => [fn.logicalId, source.file]));
  const options = createBuildOptions(settings);
  // Bundling SDK v2 takes 10 seconds, and 40 MB of the memory of each function.
  const external = [...(options.external ?? []), 'aws-sdk'];
  const folder = await mkdtemp(join(tmpdir(), 'sam-offline-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const [{ sources, failures: failedFiles }, worker] = await Promise.all([
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
      ),
      prepareWorker(folder),
      linkPackages(root, folder),
    ]);
    const extension = options.format === 'esm' ? '.mjs' : '.js';
    const bundle = join(folder, SHARED_BUNDLE);
    const cacheFolder = existsSync(bundle) ? await prepareCodeCache(bundle) : undefined;
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
                bundle,
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
    const plainSources = await Promise.all([...new Set(plain.map(({ fn }) => fn.codeUri))].map(listSources));
    const failures = new Map<string, BuildFailure>();
    for (const [logicalId, source] of entries) {
      const failure = failedFiles.get(source);
      if (failure) failures.set(logicalId, failure);
    }
    return { code, worker, sources: [...sources, ...plainSources.flat()], failures, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

type FunctionBuild = BuildOptions & { absWorkingDir: string; outdir: string };
type BuildError = Error & { errors?: Message[] };

interface BuildResult {
  /** The files that esbuild read. Absolute. */
  readonly sources: readonly string[];
  /** The files that could not be bundled. */
  readonly failures: ReadonlyMap<string, BuildFailure>;
}

/** Bundles all files at once. If that fails, can replace the failing ones with modules that fail to load. */
async function buildFiles(
  files: readonly string[],
  options: FunctionBuild,
  replacesFailures: boolean,
): Promise<BuildResult> {
  try {
    return { sources: await bundleFiles(files, options), failures: new Map() };
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
    const sources = await bundleFiles(remaining, options);
    const failed = [...failures].flatMap(([file, failure]) => [file, ...failure.files]);
    return { sources: [...new Set([...sources, ...failed])], failures };
  }
}

/** Returns the absolute paths of the files that esbuild read. */
async function bundleFiles(files: readonly string[], options: FunctionBuild): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const entryPoints = Object.fromEntries(
    files.map((file) => [outputName(file, options.absWorkingDir), file]),
  );
  const buildOptions = { ...options, ...outputOptions(entryPoints, options) };
  const { outfile } = buildOptions;
  const inputs = await (outfile === undefined
    ? buildInputs(buildOptions)
    : reuseBuild({ ...buildOptions, outfile }, () => buildInputs(buildOptions))
  ).catch((error) => {
    if (!lacksSdk(error)) throw error;
    return buildInputs(excludeSdk(buildOptions));
  });
  await writeStubs(Object.keys(entryPoints), options);
  return inputs;
}

/** Runs esbuild. Returns the absolute paths of the files that it read. */
async function buildInputs(options: BuildOptions & { absWorkingDir: string }): Promise<string[]> {
  const { inputs, outputs } = await runEsbuild(options);
  const maps = Object.keys(outputs).filter((file) => file.endsWith('.map'));
  for (const map of maps) await thinFile(resolve(options.absWorkingDir, map));
  return Object.keys(inputs)
    .filter((input) => input !== '<stdin>')
    .map((input) => resolve(options.absWorkingDir, input));
}

async function thinFile(map: string): Promise<void> {
  await writeFile(map, thinSourceMap(await readFile(map, 'utf8')));
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
  const loaders = Object.entries(entryPoints).map(
    ([name, file]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(file)}),`,
  );
  const contents = `module.exports = {\n${loaders.join('\n')}\n};`;
  const { outdir, absWorkingDir } = options;
  return {
    stdin: { contents, resolveDir: absWorkingDir },
    outfile: join(outdir, SHARED_BUNDLE),
    outdir: undefined,
  };
}

async function writeStubs(names: readonly string[], { outdir, format }: FunctionBuild): Promise<void> {
  if (format === 'esm') return;
  const bundle = JSON.stringify(join(outdir, SHARED_BUNDLE));
  for (const name of names) {
    const file = join(outdir, `${name}.js`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `module.exports = require(${bundle})[${JSON.stringify(name)}]();\n`);
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

/** Makes the application's packages resolvable from the bundles, for packages that esbuild leaves `external`. */
async function linkPackages(root: string, outdir: string): Promise<void> {
  for (let folder = root; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    if (existsSync(packages)) return symlink(packages, join(outdir, 'node_modules'), 'junction');
    if (dirname(folder) === folder) return;
  }
}

/** Returns a readable name that is also unique for files outside the template's folder. */
function outputName(source: string, root: string): string {
  const path = relative(root, source);
  const name = path.slice(0, -extname(path).length);
  if (!path.startsWith('..') && name !== 'worker') return name;
  return `other/${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
}
