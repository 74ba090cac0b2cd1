import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { UsageError } from '../core/service';
import type { FunctionCodeModel } from './model';
import { parseHandler } from './parse-handler';

/** The file that contains a function's handler. */
export interface FunctionSource {
  /** The absolute path. */
  readonly file: string;
  /**
   * Whether esbuild bundles the file. This applies to TypeScript, and to JavaScript with the build method esbuild. Other
   * JavaScript runs unchanged, like code that is uploaded to Lambda.
   */
  readonly isBundled: boolean;
}

const JAVASCRIPT = ['.js', '.mjs', '.cjs'];
const TYPESCRIPT = ['.ts', '.mts'];

/**
 * Finds the file of a function's handler.
 *
 * @throws UsageError that names the function if no file exists
 */
export function findSource(fn: FunctionCodeModel): FunctionSource {
  const base = join(fn.codeUri, parseHandler(fn).module);
  const isBuilt = fn.buildMethod !== undefined;
  const extensions = isBuilt ? [...TYPESCRIPT, ...JAVASCRIPT] : [...JAVASCRIPT, ...TYPESCRIPT];
  const file = extensions.map((extension) => base + extension).find((name) => existsSync(name));
  if (file) {
    const isBundled = TYPESCRIPT.includes(extname(file)) || fn.buildMethod === 'esbuild';
    return { file, isBundled };
  }
  throw new UsageError(
    `function ${fn.logicalId}: handler ${fn.handler} not found. ` +
      `Looked for ${base} with the extensions ${extensions.join(', ')}.`,
  );
}

/** Returns whether a JavaScript file is an ES module: by its extension, or by `type` in the nearest package.json. */
export function isEsModule(file: string): boolean {
  if (extname(file) !== '.js') return extname(file) === '.mjs';
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
    if (dirname(folder) === folder) return false;
  }
}

/** Returns the folders that Node.js searches for packages: the start folder and its parents, if they contain node_modules. */
export function findPackageFolders(start: string): string[] {
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) folders.push(folder);
    if (dirname(folder) === folder) return folders;
  }
}
