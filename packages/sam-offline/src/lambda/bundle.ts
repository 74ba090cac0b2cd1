import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { type BuildOptions, build, type Message } from 'esbuild';
import type { FunctionModel } from '../core/model';
import { UsageError } from '../core/service';
import { parseHandler } from './handler';
import { buildOptions, type EsbuildSettings } from './settings';

/** The bundles of one build. */
export interface Bundles {
  /** Absolute path of the bundle by logical id of the function. */
  readonly files: ReadonlyMap<string, string>;
  /** The compiled code of the worker threads. Absolute. */
  readonly worker: string;
  /** The files that the bundles were made from. Absolute. */
  readonly sources: readonly string[];
  /** Deletes the files. */
  remove(): Promise<void>;
}

const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs'];

/**
 * Bundles every function with one esbuild call into a folder of its own under the system's temporary folder.
 * Functions that share a source file share a bundle.
 *
 * Throws a UsageError that names the function for a missing source file or a failed build, and `UnsupportedError`
 * for a setting that is not understood.
 */
export async function bundle(
  functions: readonly FunctionModel[],
  root: string,
  settings: EsbuildSettings,
): Promise<Bundles> {
  const sources = new Map(functions.map((fn) => [fn.logicalId, sourceOf(fn)]));
  const options = buildOptions(settings);
  const outdir = await mkdtemp(join(tmpdir(), 'sam-local-'));
  let inputs: string[];
  try {
    [inputs] = await Promise.all([
      buildFunctions(functions, sources, { ...options, outdir, absWorkingDir: root }),
      buildWorker(outdir),
      linkPackages(root, outdir),
    ]);
  } catch (error) {
    await rm(outdir, { recursive: true, force: true });
    throw error;
  }
  const extension = options.format === 'esm' ? '.mjs' : '.js';
  return {
    files: new Map(
      functions.map(({ logicalId }) => {
        const source = sources.get(logicalId) as string;
        return [logicalId, join(outdir, outputName(source, root) + extension)];
      }),
    ),
    worker: join(outdir, 'worker.js'),
    sources: inputs,
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
}

type FunctionBuild = BuildOptions & { absWorkingDir: string; outdir: string };

/** Returns the absolute paths of what esbuild read. */
async function buildFunctions(
  functions: readonly FunctionModel[],
  sources: ReadonlyMap<string, string>,
  options: FunctionBuild,
): Promise<string[]> {
  const files = [...new Set(sources.values())];
  if (files.length === 0) return [];
  const entryPoints = Object.fromEntries(
    files.map((file) => [outputName(file, options.absWorkingDir), file]),
  );
  try {
    const { metafile } = await build({ ...options, ...entriesOf(entryPoints, options), metafile: true });
    await writeStubs(Object.keys(entryPoints), options);
    return Object.keys(metafile.inputs)
      .filter((input) => input !== '<stdin>')
      .map((input) => resolve(options.absWorkingDir, input));
  } catch (error) {
    throw new UsageError(await explain(functions, sources, options, messagesOf(error as Error)));
  }
}

/** The bundle of all functions, beside the stubs that each load one of them from it. */
const ALL = 'all-functions.js';

/**
 * What functions share is bundled once: as CommonJS, all of them become one file in which a module is loaded when it
 * is asked for, four times as quickly as eleven files that each hold the SDK. As ES modules each has a file of its own.
 */
function entriesOf(entryPoints: Record<string, string>, options: FunctionBuild): BuildOptions {
  if (options.format === 'esm') return { entryPoints };
  const loaders = Object.entries(entryPoints).map(
    ([name, file]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(file)}),`,
  );
  const contents = `module.exports = {\n${loaders.join('\n')}\n};`;
  const { outdir, absWorkingDir } = options;
  return { stdin: { contents, resolveDir: absWorkingDir }, outfile: join(outdir, ALL), outdir: undefined };
}

async function writeStubs(names: readonly string[], { outdir, format }: FunctionBuild): Promise<void> {
  if (format === 'esm') return;
  for (const name of names) {
    const file = join(outdir, `${name}.js`);
    await mkdir(dirname(file), { recursive: true });
    const all = JSON.stringify(join(outdir, ALL));
    await writeFile(file, `module.exports = require(${all})[${JSON.stringify(name)}]();\n`);
  }
}

/**
 * Builds each function alone to find the ones that fail: esbuild names the file at fault, which may be one that
 * several functions import. Where none fails any more, because the file was mended meanwhile, `first` is told.
 */
async function explain(
  functions: readonly FunctionModel[],
  sources: ReadonlyMap<string, string>,
  options: BuildOptions,
  first: readonly string[],
): Promise<string> {
  const faults = new Map<string, string[]>();
  for (const { logicalId } of functions) {
    const entryPoints = [sources.get(logicalId) as string];
    const errors = await build({ ...options, entryPoints, write: false }).then(() => [], messagesOf);
    for (const text of errors) faults.set(text, [...(faults.get(text) ?? []), logicalId]);
  }
  const lines = [...faults].map(([text, ids]) => `function ${ids.join(', ')}: ${text}`);
  return `The functions could not be bundled:\n${(lines.length > 0 ? lines : first).join('\n')}`;
}

function messagesOf(error: Error & { errors?: Message[] }): string[] {
  if (!error.errors?.length) return [error.message];
  return error.errors.map(({ text, location }) =>
    location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
  );
}

/** Lets bundles load the packages that are left out of them (`external`), as if they lay in the app's folder. */
async function linkPackages(root: string, outdir: string): Promise<void> {
  for (let folder = root; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    if (existsSync(packages)) return symlink(packages, join(outdir, 'node_modules'), 'junction');
    if (dirname(folder) === folder) return;
  }
}

function buildWorker(outdir: string): Promise<unknown> {
  return build({
    entryPoints: { worker: join(__dirname, 'worker.ts') },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
}

function sourceOf(fn: FunctionModel): string {
  const base = join(fn.codeUri, parseHandler(fn).module);
  const found = extensions.map((extension) => base + extension).find((file) => existsSync(file));
  if (found) return found;
  throw new UsageError(
    `function ${fn.logicalId}: no source for handler ${fn.handler}: ${base} with ${extensions.join(', ')}`,
  );
}

/** Readable, and distinct for files outside of the template's folder too. */
function outputName(source: string, root: string): string {
  const path = relative(root, source);
  const name = path.slice(0, -extname(path).length);
  if (!path.startsWith('..') && name !== 'worker') return name;
  return `other/${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
}
