import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, relative, sep } from 'node:path';
import { constants, Script } from 'node:vm';
import type { CachedBundle } from '../../bundler/cache/cached-bundle';
import { onFirstStackTrace } from './on-first-stack-trace';

/** Node.js exports its wrapper of CommonJS modules, and the method that compiles them, without types. */
const internals = Module as unknown as {
  readonly wrapper: readonly [string, string];
  readonly prototype: { _compile(this: NodeJS.Module, content: string, file: string): unknown };
};

/**
 * Compiles a bundle with the code that an earlier execution environment compiled, which halves the time to load it. V8
 * compiles the source as usual if the cache does not exist, or if another version of V8 wrote it. `cachedData`:
 * https://nodejs.org/docs/latest-v20.x/api/vm.html#new-vmscriptcode-options
 *
 * @returns a function that writes the cache if it does not exist. Call it after an invocation, because V8 compiles most
 *   functions when they are called first.
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
    // Node.js reads source maps only for modules that it compiles itself. A source map of 1 MB takes 20 ms and 8 MB.
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

/** Returns undefined if the file does not exist: another runtime may delete its folder at any time. */
function readCache(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Writes a file at once, because other threads and processes read it. Without it, functions only start more slowly. */
function writeCache(file: string, data: Buffer): void {
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, data);
    renameSync(temporary, file);
  } catch {
    return;
  }
}
