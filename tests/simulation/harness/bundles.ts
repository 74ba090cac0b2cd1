import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import settings from '../../../esbuild.json';
import { root } from '../../../testbed/template';
import { loadApp } from './app';
import type { Realm } from './realm';

/** Code that can be evaluated many times. Each evaluation creates separate module state. */
export type Bundle = (realm: Realm, requireModule: (name: string) => unknown) => Record<string, unknown>;

export interface Bundles {
  /** The modules of the handlers by file, such as `functions/sendmessage`. Each export is a function that loads the module. */
  readonly functions: Bundle;
  /** `packages`: the packages that the functions import, by name. `services`: the services of the local runtime. */
  readonly libraries: Bundle;
  readonly client: Bundle;
}

const { format, platform, target, mainFields, alias } = settings;
const OPTIONS = {
  ...{ platform, target, mainFields, format, alias },
  ...{ absWorkingDir: root, bundle: true, write: false, logLevel: 'error', metafile: true },
} as BuildOptions & { write: false; metafile: true };

/** The folder of the runtime's code. The runtime locates the files of its package relative to this folder. */
const RUNTIME = join(root, 'packages/sam-offline/src');

let built: Promise<Bundles> | undefined;

/** Bundles the functions, the libraries and the client once per process. */
export function loadBundles(): Promise<Bundles> {
  built ??= buildAll();
  return built;
}

/** A change to one source file. */
export interface SourceEdit {
  /** The path relative to the root. */
  readonly file: string;
  /** A text that occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

/** Bundles the functions and the client with a change. */
export async function loadEditedBundles(edit: SourceEdit): Promise<Bundles> {
  const { libraries } = await loadBundles();
  const plugins = [createEditPlugin(edit)];
  const [functions, client] = [await buildFunctions({ plugins }), await buildClient({ plugins })];
  return { libraries, functions: functions.bundle, client: client.bundle };
}

function createEditPlugin({ file, from, to }: SourceEdit): Plugin {
  return {
    name: 'edit',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== join(root, file)) return undefined;
        const text = readFileSync(path, 'utf8');
        if (text.split(from).length !== 2) throw new Error(`${file} does not contain once: ${from}`);
        return { contents: text.replace(from, () => to), loader: 'ts' };
      });
    },
  };
}

async function buildAll(): Promise<Bundles> {
  const functions = await buildFunctions();
  const packages = functions.imports.filter((name) => !isBuiltin(name));
  const libraries = await buildSource(
    `module.exports = {
      packages: { ${packages.map((name) => `'${name}': require('${name}')`).join(', ')} },
      services: require('sam-offline/testing'),
    };`,
    {
      conditions: ['source'],
      external: ['esbuild'],
      // Replaces `level`, a native module that dynalite loads but does not use here, because sam-offline opens the stores
      // itself.
      alias: { ...alias, level: 'memory-level' },
    },
  );
  const client = await buildClient();
  return { functions: functions.bundle, libraries: libraries.bundle, client: client.bundle };
}

function buildFunctions(options: BuildOptions = {}) {
  const files = loadApp().functions.map(({ handler }) => handler.replace(/\.[^.]+$/, ''));
  return buildSource(
    `module.exports = { ${files.map((file) => `'${file}': () => require('./${file}.ts')`).join(', ')} };`,
    { packages: 'external', ...options },
  );
}

function buildClient(options: BuildOptions = {}) {
  return buildSource(`module.exports = require('./packages/client/src/index.ts');`, options);
}

async function buildSource(contents: string, options: BuildOptions) {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    ...options,
    ...{ write: false, metafile: true },
    stdin: { contents, resolveDir: root, loader: 'js' },
  });
  const [output] = Object.values(metafile.outputs);
  const imports = (output?.imports ?? []).map(({ path }) => path);
  const text = outputFiles[0]?.text ?? '';
  return { imports: [...new Set(imports)].sort(), bundle: compile(text) };
}

/**
 * Compiles a bundle to a function. The parameters of the function replace the globals that depend on time, randomness or the
 * machine.
 */
function compile(text: string): Bundle {
  const names: string[] = [];
  let run: ((...values: unknown[]) => void) | undefined;
  return (realm, requireModule) => {
    const module = { exports: {} as Record<string, unknown> };
    const globals = {
      ...realm.globals,
      ...{ module, exports: module.exports, require: requireModule, __dirname: RUNTIME },
    };
    if (!run) {
      names.push(...Object.keys(globals));
      run = new Script(`(function (${names.join(', ')}) {${text}\n})`, {
        filename: join(root, 'bundle.js'),
      }).runInThisContext();
    }
    run?.(...names.map((name) => (globals as Record<string, unknown>)[name]));
    return module.exports;
  };
}

function isBuiltin(name: string): boolean {
  return name.startsWith('node:') || builtinModules.includes(name);
}
