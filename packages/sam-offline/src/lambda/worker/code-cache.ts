import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, relative, sep } from 'node:path';
import { constants, Script } from 'node:vm';
import type { CachedBundle } from '../../bundler/cache/cached-bundle';
import { onFirstStackTrace } from './on-first-stack-trace';

/**
 * The CommonJS module wrapper and the method that compiles modules. Node.js exports them, but @types/node does not declare
 * them.
 */
const internals = Module as unknown as {
  readonly wrapper: readonly [string, string];
  readonly prototype: { _compile(this: NodeJS.Module, content: string, file: string): unknown };
};

/**
 * Loads a bundle with the compiled code from an earlier execution environment, which halves the load time. If the cache does
 * not exist or another V8 version wrote it, V8 compiles the source as usual. For the option `cachedData`, see
 * https://nodejs.org/docs/latest-v20.x/api/vm.html#new-vmscriptcode-options
 *
 * @returns a function that writes the cache if it does not exist. Call it after an invocation, because V8 compiles most
 *   functions at their first call.
 */
export function useCodeCache({ bundle, scriptName, cache }: CachedBundle): () => void {
  const compile = internals.prototype._compile;
  let script: Script | undefined;
  internals.prototype._compile = function (content, file) {
    if (file !== bundle) return compile.call(this, content, file);
    internals.prototype._compile = compile;
    const [start, end] = internals.wrapper;
    script = new Script(`${start}${content}${end}`, {
      filename: scriptName,
      columnOffset: -start.length,
      cachedData: readCache(cache),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    // Node.js reads source maps only for modules that it compiles, so this compiles an empty module that refers to the source
    // map. This happens only for the first stack trace, because a source map of 1 MB takes 20 ms to read and 8 MB of memory.
    // Node.js accepts only a relative URL.
    const map = relative(dirname(scriptName), `${bundle}.map`).split(sep).map(encodeURIComponent).join('/');
    onFirstStackTrace(() => compile.call(this, `//# sourceMappingURL=${map}`, scriptName));
    const require = Module.createRequire(file);
    return script.runInThisContext().call(this.exports, this.exports, require, this, file, dirname(file));
  };
  return () => {
    if (script && (script.cachedDataRejected ?? true)) writeCache(cache, script.createCachedData());
    script = undefined;
  };
}

/**
 * Reads the cache. Returns undefined if the file does not exist, because another process may delete the folder at any time.
 */
function readCache(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/**
 * Writes a file atomically, because other threads and processes read it. Ignores errors, because functions only start more
 * slowly without the cache.
 */
function writeCache(file: string, data: Buffer): void {
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, data);
    renameSync(temporary, file);
  } catch {
    return;
  }
}
