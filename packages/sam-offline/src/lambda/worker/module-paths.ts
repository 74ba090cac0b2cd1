import Module, { register } from 'node:module';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Resolve = (request: string, ...rest: unknown[]) => string;

/**
 * Internal functions of Node.js, which has no public API for this purpose. Their names have not changed since Node.js 0.12.
 */
const internals = Module as unknown as { _initPaths(): void; _resolveFilename: Resolve };

/** Module hooks for ES modules. They resolve packages in additional folders with node_modules, and paths in /opt/nodejs. */
const HOOKS = `
import { existsSync } from 'node:fs';
let folders;
let layers;
export const initialize = (data) => { ({ folders, layers } = data); };
export async function resolve(specifier, context, next) {
  if (specifier.startsWith('/opt/nodejs/')) {
    const found = layers.map((layer) => new URL('.' + specifier.slice(11), layer)).findLast((url) => existsSync(url));
    return next(found?.href ?? specifier, context);
  }
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^\\w+:/.test(specifier)) throw error;
    for (const parentURL of folders) {
      try { return await next(specifier, { ...context, parentURL }); } catch {}
    }
    throw error;
  }
}`;

export interface ModulePathOptions {
  /** Folders that contain node_modules. They are searched after the function's folders. */
  readonly folders: readonly string[];
  /** The folders of the layers that correspond to `/opt/nodejs`. */
  readonly layers: readonly string[];
  /** Returns the local path of a path in `/opt`. */
  readonly resolveLayer: (path: string) => string;
  /** Whether the function is an ES module. */
  readonly isModule: boolean;
}

/**
 * Makes the packages of layers and of the Lambda runtime available to the function. Lambda sets NODE_PATH for this purpose, but
 * Node.js reads this variable only at startup.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
 */
export function addModulePaths({ folders, layers, resolveLayer, isModule }: ModulePathOptions): void {
  if (folders.length === 0 && layers.length === 0) return;
  process.env.NODE_PATH = folders.map((folder) => join(folder, 'node_modules')).join(delimiter);
  internals._initPaths();
  const resolveFilename = internals._resolveFilename;
  internals._resolveFilename = (request, ...rest) => resolveFilename(resolveLayer(request), ...rest);
  if (!isModule) return;
  // Only ES modules need hooks. Hooks run in a separate thread, which takes 50 ms to start.
  const data = {
    folders: folders.map((folder) => pathToFileURL(join(folder, 'index.js')).href),
    layers: layers.map((folder) => pathToFileURL(join(folder, '/')).href),
  };
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`, { data });
}
