import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

type Functions = Record<string, (...args: unknown[]) => unknown>;

/** The `fs` functions whose first argument is a path. They also exist with the suffix Sync and in `fs.promises`. */
const PATH_FUNCTIONS = [
  ...[
    'access',
    'appendFile',
    'chmod',
    'chown',
    'cp',
    'lstat',
    'mkdir',
    'open',
    'opendir',
    'readFile',
    'readdir',
  ],
  ...['readlink', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'truncate', 'unlink', 'utimes', 'writeFile'],
  ...['copyFile', 'link', 'exists', 'statfs', 'mkdtemp', 'watch'],
];

/** The functions whose second argument is also a path. */
const TWO_PATHS = /^(?:rename|copyFile|cp|link)(?:Sync)?$/;

/**
 * Sets the current directory of this thread, because Lambda starts functions in the folder of their code. Threads share the
 * directory of the process, so this replaces `process.cwd` and resolves relative paths in `fs`. Also resolves paths in `/opt`,
 * the folder of the layers.
 */
export function setTaskRoot(folder: string, resolveLayer: (path: string) => string): void {
  process.cwd = () => folder;
  const names = [
    ...PATH_FUNCTIONS,
    ...PATH_FUNCTIONS.map((name) => `${name}Sync`),
    'createReadStream',
    'createWriteStream',
  ];
  const toLocalPath = (path: string) => resolve(folder, resolveLayer(path));
  wrap(fs as unknown as Functions, names, toLocalPath);
  wrap(fs.promises as unknown as Functions, PATH_FUNCTIONS, toLocalPath);
  syncBuiltinESMExports();
}

function wrap(target: Functions, names: readonly string[], toLocalPath: (path: string) => string): void {
  for (const name of names) {
    const original = target[name];
    if (typeof original !== 'function') continue;
    const paths = TWO_PATHS.test(name) ? 2 : 1;
    const wrapped = function (this: unknown, ...args: unknown[]) {
      const resolved = args.map((arg, i) => (i < paths && typeof arg === 'string' ? toLocalPath(arg) : arg));
      return original.apply(this, resolved);
    };
    // Copies members such as `realpath.native` and the symbol of `util.promisify`.
    target[name] = Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
  }
}
