import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildOptions, Message } from 'esbuild';
import { UsageError } from '../core/service';
import {
  type BuildFailure,
  createFailingModule,
  findFailures,
  formatFirstError,
  formatMessage,
} from './build-failures';
import { reuseBuild } from './cache/bundle-cache';
import { buildInputs, createLoaders, createStub } from './esbuild/esbuild-files';
import type { IncrementalBuilder, IncrementalResult } from './incremental-builder';
import { outputName } from './output-name';

export type FunctionBuild = BuildOptions & { absWorkingDir: string; outdir: string };
type BuildError = Error & { errors?: Message[] };

export interface BuildResult extends Partial<IncrementalResult> {
  /** The absolute paths of the files that esbuild read. */
  readonly inputs: readonly string[];
  /** Whether the files import AWS SDK packages that are not installed in the application. */
  readonly lacksSdk: boolean;
  /** The files that could not be bundled. */
  readonly failures: ReadonlyMap<string, BuildFailure>;
}

/**
 * Bundles all files in one build. If the build fails and `replacesFailures` is set, replaces each file that cannot be bundled
 * with a module that fails to load.
 */
export async function buildFiles(
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
    const withoutSdk = isSdkMissing(error as BuildError) ? excludeSdk(options) : options;
    const failures = await findFailures(files, withoutSdk).catch(() => new Map<string, BuildFailure>());
    if (failures.size === 0) {
      throw new UsageError(`The functions could not be bundled:\n${formatError(error as BuildError)}`);
    }
    await writeFailingModules(failures, options);
    const remaining = files.filter((file) => !failures.has(file));
    const { inputs, lacksSdk } = await bundleFiles(remaining, options);
    const failed = [...failures].flatMap(([file, failure]) => [file, ...failure.files]);
    return { inputs: [...new Set([...inputs, ...failed])], lacksSdk, failures };
  }
}

async function bundleFiles(
  files: readonly string[],
  options: FunctionBuild,
  incremental?: IncrementalBuilder,
): Promise<Omit<BuildResult, 'failures'>> {
  if (files.length === 0) return { inputs: [], inputsOf: () => [], lacksSdk: false };
  const entryPoints = Object.fromEntries(
    files.map((file) => [outputName(file, options.absWorkingDir), file]),
  );
  const buildOptions = { ...options, ...outputOptions(entryPoints, options) };
  let lacksSdk = false;
  const result = await runBuild(buildOptions, incremental).catch((error) => {
    lacksSdk = isSdkMissing(error);
    if (!lacksSdk) throw error;
    return runBuild(excludeSdk(buildOptions), incremental);
  });
  await writeStubs(Object.keys(entryPoints), options);
  return { ...result, lacksSdk };
}

async function runBuild(
  options: BuildOptions & { absWorkingDir: string },
  incremental: IncrementalBuilder | undefined,
): Promise<Omit<BuildResult, 'failures' | 'lacksSdk'>> {
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

/**
 * Returns whether a build failed because an AWS SDK is not installed. In this case, functions load the SDK from the runtime.
 */
function isSdkMissing({ errors = [] }: BuildError): boolean {
  return errors.some(({ text }) => /^Could not resolve "(?:aws-sdk|@aws-sdk|@smithy)["/]/.test(text));
}

function excludeSdk<T extends BuildOptions>(options: T): T {
  return { ...options, external: [...(options.external ?? []), ...SDK_PACKAGES] };
}

/** The bundle that all functions share. Each function has a stub that loads the function's module from the bundle. */
export const SHARED_BUNDLE = 'all-functions.js';

/**
 * Bundles CommonJS functions into one file, so that esbuild parses and writes shared modules only once. For eleven functions
 * that use the SDK, this is four times faster than one file per function. Modules still load on demand. ES modules are bundled
 * into one file per function.
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
