import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import type { BuildOptions, Message, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import type { BuildFailure } from './build-failures';
import { findFailures } from './build-failures';
import { type FunctionSource, findPackageFolders, isEsModule } from './function-source';
import type { FunctionCodeModel } from './model';
import { listModulePaths } from './packages/module-paths';
import { sdkOfRuntime } from './packages/sdk-cache';

interface CheckedFunction extends FunctionSource {
  readonly fn: FunctionCodeModel;
}

/** The esbuild options for files that Node.js loads without a build. */
const PLAIN: BuildOptions = {
  bundle: true,
  platform: 'node',
  logLevel: 'silent',
  resolveExtensions: ['.js', '.json', '.node'],
  loader: { '.node': 'empty' },
};

/**
 * Finds the functions that Lambda could not load because of a syntax error, or because an imported file or package does not
 * exist. Does not check the code of packages.
 *
 * @param options the esbuild options for bundled functions
 * @returns the failures by logical ID
 */
export async function checkImports(
  functions: readonly CheckedFunction[],
  root: string,
  options: BuildOptions,
): Promise<Map<string, BuildFailure>> {
  const checks = functions.map(async (checked) => {
    const { fn, file, isBundled } = checked;
    const { external, ...build } = isBundled ? options : { ...PLAIN, format: formatOf(file), external: [] };
    const plugins = [createPlugin(checked), ...(build.plugins ?? [])];
    const found = await findFailures([file], { ...build, plugins, absWorkingDir: root, outdir: root });
    const failure = found.get(file);
    return failure ? [[fn.logicalId, explainSdk(failure, fn)] as const] : [];
  });
  return new Map((await Promise.all(checks)).flat());
}

function formatOf(file: string): 'esm' | 'cjs' {
  return isEsModule(file) ? 'esm' : 'cjs';
}

/**
 * Marks the packages that the function can load at run time as external. esbuild reports all other packages as missing, unless
 * the import is inside a `try` block.
 */
function createPlugin({ fn, isBundled }: CheckedFunction): Plugin {
  const provided = listModulePaths(fn, isBundled);
  function resolve({ path, kind, importer }: OnResolveArgs): OnResolveResult | undefined {
    if (kind === 'entry-point') return undefined;
    const isStatic = kind === 'import-statement' || kind === 'require-call';
    const isFile = path.startsWith('.');
    if (!isStatic || isBuiltin(path) || (!isFile && /^[#/]/.test(path))) return { path, external: true };
    if (isFile) return undefined;
    const [, name = ''] = /^((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    const folders = [...findPackageFolders(dirname(importer)), ...provided];
    const isFound = folders.some((folder) => existsSync(join(folder, 'node_modules', name)));
    return isFound ? { path, external: true } : undefined;
  }
  return { name: 'check-imports', setup: (build) => build.onResolve({ filter: /./ }, resolve) };
}

/**
 * Adds an explanation to errors about a missing AWS SDK v2, because older Lambda runtimes contain v2 and newer ones contain v3.
 */
function explainSdk(failure: BuildFailure, { runtime }: FunctionCodeModel): BuildFailure {
  const explain = (error: Message) =>
    sdkOfRuntime(runtime) === 'v3' && error.text.startsWith('Could not resolve "aws-sdk')
      ? {
          ...error,
          text: `${error.text}: ${runtime} contains version 3 of the SDK. Add aws-sdk to the dependencies`,
        }
      : error;
  return { ...failure, errors: failure.errors.map(explain) };
}
