import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, sep } from 'node:path';
import type {
  BuildOptions,
  OnLoadResult,
  OnResolveArgs,
  OnResolveResult,
  Plugin,
  PluginBuild,
} from 'esbuild';
import { reuseBuild } from './cache/bundle-cache';
import {
  buildInputs,
  createBuildFolder,
  createLoaders,
  createStub,
  linkPackages,
} from './esbuild/esbuild-files';
import { runEsbuild } from './esbuild/run-esbuild';

/** Marks imports that the plugin resolves with `build.resolve`, so that the plugin ignores them. */
const RESOLVING = Symbol('resolving');
const NAMESPACE = 'package';

interface PackageFile {
  /** The absolute path. */
  readonly file: string;
  readonly format: 'cjs' | 'esm';
}

type Resolution = OnResolveResult & { readonly path: string };

/**
 * A separate bundle of the installed packages that functions import. Most of an application's code is in packages. A rebuild of
 * the functions neither reads nor writes them, and their compiled code stays valid.
 *
 * The bundle contains all exports of a package, because the functions may use other exports after a change. If a function
 * imports a name that the package does not export, the value is therefore `undefined`, and the build reports no error.
 */
export class PackagesBundle {
  private readonly resolved = new Map<string, Resolution>();
  /** The package files by module name. */
  private readonly files = new Map<string, PackageFile>();
  /** The names of the modules that the bundle contains. */
  private built = new Set<string>();

  private constructor(
    private readonly options: BuildOptions & { absWorkingDir: string },
    private readonly folder: string,
  ) {}

  /** @param options the esbuild options of the functions' bundle */
  static async create(options: BuildOptions & { absWorkingDir: string }): Promise<PackagesBundle> {
    const folder = await createBuildFolder();
    await linkPackages(options.absWorkingDir, folder);
    return new PackagesBundle(options, folder);
  }

  /** The absolute path of the bundle. */
  get file(): string {
    return join(this.folder, 'packages.js');
  }

  /** Replaces package imports in the functions with modules that load the packages from this bundle. */
  readonly plugin: Plugin = {
    name: 'packages',
    setup: (build) => {
      build.onResolve({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({ path, external: true }));
      build.onResolve({ filter: /^[^./]/ }, (args) => this.resolve(build, args));
      build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => this.createProxy(path));
    },
  };

  /**
   * Builds the bundle if functions import packages that it does not contain.
   *
   * @returns false if a package imports a file of the application. The file would then be in both bundles.
   */
  async update(): Promise<boolean> {
    if (this.files.size === this.built.size) return true;
    try {
      return await this.build();
    } catch (error) {
      // Forgets the packages that failed, because the application may no longer import them in the next build.
      for (const name of this.files.keys()) if (!this.built.has(name)) this.files.delete(name);
      this.resolved.clear();
      throw error;
    }
  }

  private async build(): Promise<boolean> {
    const files = [...this.files].sort(([a], [b]) => (a < b ? -1 : 1));
    const contents = createLoaders(files.map(([name, { file }]) => [name, file]));
    const { absWorkingDir } = this.options;
    const options = {
      ...this.options,
      outdir: undefined,
      outfile: this.file,
      stdin: { contents, resolveDir: absWorkingDir },
    };
    const inputs = await reuseBuild(options, () => buildInputs(options));
    if (!inputs.every(isInstalled)) return false;
    for (const [name] of files) {
      await writeFile(join(this.folder, `${name}.js`), createStub('./packages.js', name));
    }
    this.built = new Set(this.files.keys());
    return true;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async resolve(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const { path, importer, resolveDir, kind, pluginData } = args;
    if (pluginData === RESOLVING || kind === 'require-resolve' || isBuiltin(path)) return undefined;
    const key = JSON.stringify([path, resolveDir, kind]);
    const known = this.resolved.get(key);
    if (known) return known;
    const result = await build.resolve(path, { importer, resolveDir, kind, pluginData: RESOLVING });
    // esbuild handles all other imports. For example, it reports the location of an import that cannot be resolved.
    if (result.namespace !== 'file' || result.external || !isInstalled(result.path)) return undefined;
    // The name is a hash without an extension, because esbuild treats default imports of modules such as package.mjs
    // differently.
    const name = createHash('sha256').update(result.path).digest('hex').slice(0, 16);
    const resolution = { path: name, namespace: NAMESPACE, sideEffects: result.sideEffects };
    this.files.set(name, { file: result.path, format: await this.readFormat(result.path) });
    this.resolved.set(key, resolution);
    return resolution;
  }

  private async readFormat(file: string): Promise<'cjs' | 'esm'> {
    const { absWorkingDir, loader } = this.options;
    const metafile = await runEsbuild({
      entryPoints: [file],
      outdir: this.folder,
      write: false,
      logLevel: 'silent',
      absWorkingDir,
      ...(loader ? { loader } : {}),
    }).catch(() => undefined); // the build of the bundle reports the error
    return Object.values(metafile?.inputs ?? {})[0]?.format ?? 'cjs';
  }

  /** Returns a module in the same format as the package, because default imports differ between CommonJS and ES modules. */
  private createProxy(name: string): OnLoadResult {
    const target = JSON.stringify(join(this.folder, `${name}.js`));
    const contents =
      this.files.get(name)?.format === 'esm'
        ? `export * from ${target}; export { default } from ${target};`
        : `module.exports = require(${target});`;
    return { contents, loader: 'js' };
  }
}

/** Returns whether a file belongs to an installed package. */
function isInstalled(file: string): boolean {
  return file.split(sep).includes('node_modules');
}
