import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';
import { isVirtual, listInputs } from './esbuild/esbuild-files';
import { type EsbuildContext, openContext } from './esbuild/run-esbuild';
import { thinSourceMap } from './esbuild/thin-source-map';
import { PackagesBundle } from './packages-bundle';

type FunctionBuild = BuildOptions & { readonly absWorkingDir: string };

export interface IncrementalResult {
  /** The absolute paths of the files that esbuild read. */
  readonly inputs: readonly string[];
  /** Returns the absolute paths of a file and its direct and indirect imports, without packages. */
  readonly inputsOf: (file: string) => readonly string[];
  /** The absolute path of the packages bundle, if there is one. */
  readonly packages: string | undefined;
}

interface Build {
  readonly context: EsbuildContext;
  readonly packages: PackagesBundle | undefined;
  /** The output folder of the first build. esbuild uses it in the output paths of all later builds. */
  readonly outdir: string;
}

/** The number of builds to keep: one with the SDK and one without it. */
const KEPT_BUILDS = 2;

/**
 * Repeats builds. esbuild keeps parsed files in memory and reads only changed files again. CommonJS functions load packages
 * from a separate bundle.
 */
export class IncrementalBuilder {
  /** The builds by their options. The most recently used build is the last entry. */
  private readonly builds = new Map<string, Build>();

  /** Builds the functions. The output folder can change with each build. */
  async build(options: FunctionBuild): Promise<IncrementalResult> {
    const key = JSON.stringify({ ...options, outdir: undefined, outfile: undefined });
    const known = this.builds.get(key);
    this.builds.delete(key);
    let build = known ?? (await open(options, !options.plugins && options.outfile !== undefined));
    this.builds.set(key, build);
    await this.removeOldest();
    let result = await build.context.rebuild();
    if (build.packages && !(await build.packages.update())) {
      await close(build);
      build = await open(options, false);
      this.builds.set(key, build);
      result = await build.context.rebuild();
    }
    await writeOutputs(result, build, getOutputFolder(options));
    const { metafile } = result;
    return {
      inputs: listInputs(metafile, options.absWorkingDir),
      inputsOf: (file) => listDependencies(metafile, file, options.absWorkingDir),
      packages: build.packages?.file,
    };
  }

  /** Closes all builds and deletes the packages bundles. */
  async close(): Promise<void> {
    await Promise.all([...this.builds.values()].map(close));
    this.builds.clear();
  }

  private async removeOldest(): Promise<void> {
    for (const [key, build] of [...this.builds].slice(0, -KEPT_BUILDS)) {
      this.builds.delete(key);
      await close(build);
    }
  }
}

async function open(options: FunctionBuild, splits: boolean): Promise<Build> {
  const packages = splits ? await PackagesBundle.create(options) : undefined;
  const plugins = packages ? [packages.plugin] : options.plugins;
  const context = await openContext({ ...options, ...(plugins ? { plugins } : {}), write: false });
  return { context, packages, outdir: getOutputFolder(options) };
}

async function close({ context, packages }: Build): Promise<void> {
  await context.dispose();
  await packages?.remove();
}

function getOutputFolder({ outdir, outfile }: FunctionBuild): string {
  return outfile === undefined ? (outdir as string) : dirname(outfile);
}

async function writeOutputs(
  { outputFiles = [] }: BuildResult,
  { outdir, packages }: Build,
  folder: string,
): Promise<void> {
  for (const { path, contents, text } of outputFiles) {
    const file = join(folder, relative(outdir, path));
    await mkdir(dirname(file), { recursive: true });
    // A source map without packages is already small.
    await writeFile(file, path.endsWith('.map') && !packages ? thinSourceMap(text) : contents);
  }
}

function listDependencies({ inputs }: Metafile, file: string, root: string): string[] {
  const found = new Set([toInput(file, root)]);
  for (const input of found) {
    for (const { path } of inputs[input]?.imports ?? []) if (path in inputs) found.add(path);
  }
  return [...found].filter((input) => !isVirtual(input)).map((input) => resolve(root, input));
}

/** Returns the name of a file in an esbuild metafile. Metafiles use forward slashes on all operating systems. */
function toInput(file: string, root: string): string {
  return relative(root, file).replaceAll('\\', '/');
}
