import { existsSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

const EXTENSIONS = ['', '.js', '.json', '.cjs', '.mjs'];

/**
 * Creates a function that returns the local path of a path in `/opt`, where Lambda extracts layers. Files of later layers
 * replace files of earlier ones. The path may omit the extension, as in `require`.
 *
 * @param layers the folders of the layers that are `/opt/nodejs`
 */
export function createLayerResolver(layers: readonly string[]): (path: string) => string {
  const folders = layers.toReversed();
  return (path) => {
    // `path.join` of a function returns backslashes on Windows.
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
  // Other files exist only in a layer whose content has the folder `nodejs`.
  return basename(folder) === 'nodejs' ? join(dirname(folder), path.slice('/opt/'.length)) : undefined;
}
