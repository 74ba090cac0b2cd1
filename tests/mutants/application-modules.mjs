// Reloads the modules of the application for every test file. Dependencies stay loaded.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);
const [, transformOptions] = require('../../jest.config.js').transform['^.+\\.ts$'];

/**
 * Returns the folder of the application. Stryker copies the application and uses the copy as the working directory of the
 * worker.
 */
export function findRoot() {
  return process.cwd();
}

/** Loads a file. The path is relative to the folder of the application. */
export function loadFile(file) {
  require(join(findRoot(), file));
}

/** Removes the application's modules from the cache and returns them. */
export function unloadApplication() {
  const own = Object.entries(require.cache).filter(([path]) => path.startsWith(`${findRoot()}/`));
  for (const [path] of own) delete require.cache[path];
  return Object.fromEntries(own);
}

/** Calls `work` with newly loaded modules of the application, and then restores the previous modules. */
export async function isolateModules(work) {
  const loaded = unloadApplication();
  try {
    await work();
  } finally {
    unloadApplication();
    Object.assign(require.cache, loaded);
  }
}

/** Returns the paths of the loaded modules that can be mutated. */
export function listLoadedModules() {
  const paths = Object.keys(require.cache).map((path) => relative(findRoot(), path));
  return paths.filter((path) => /^(functions|chat|aws)\//.test(path));
}

/** Compiles TypeScript as Jest does. */
export function compileTypeScript() {
  const compiled = new Map();
  Module._extensions['.ts'] = (module, filename) => {
    if (!compiled.has(filename)) {
      const { code } = transformSync(readFileSync(filename, 'utf8'), { ...transformOptions, filename });
      compiled.set(filename, code);
    }
    module._compile(compiled.get(filename), filename);
  };
}
