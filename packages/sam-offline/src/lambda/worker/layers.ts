import { existsSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

const EXTENSIONS = ['', '.js', '.json', '.cjs', '.mjs'];

/**
 * Creates a function that maps paths in `/opt`, where Lambda extracts layers, to local paths. Files of later layers replace
 * files of earlier layers. Paths may omit the extension, as in `require`.
 *
 * @param layers the folders of the layers that correspond to `/opt/nodejs`
 */
export function createLayerResolver(layers: readonly string[]): (path: string) => string {
  const folders = layers.toReversed();
  return (path) => {
    // On Windows, functions that use `path.join` pass paths with backslashes.
    const name = path.split(sep).join('/');
    if (!name.startsWith('/opt/')) return path;
    const candidates = folders.flatMap((folder) => toLocalPath(folder, name) ?? []);
    const exists = (file: string) => EXTENSIONS.some((extension) => existsSync(file + extension));
    return candidates.find(exists) ?? path;
  };
}

function toLocalPath(folder: string, path: string): string | undefined {
  const inNodejs = /^\/opt\/nodejs(\/.*|$)/.exec(path)?.[1];
  if (inNodejs !== undefined) return join(folder, inNodejs);
  // A layer contains files outside of `/opt/nodejs` only if its content has a folder named `nodejs`.
  return basename(folder) === 'nodejs' ? join(dirname(folder), path.slice('/opt/'.length)) : undefined;
}
