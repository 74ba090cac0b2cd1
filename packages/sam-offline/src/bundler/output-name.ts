import { createHash } from 'node:crypto';
import { extname, isAbsolute, relative, sep } from 'node:path';

/**
 * Returns the name of a source file in the output folder, with slashes and without extension. It is readable, and also unique for
 * files outside the template's folder.
 */
export function outputName(source: string, root: string): string {
  const path = relative(root, source);
  const name = path
    .slice(0, -extname(path).length || undefined)
    .split(sep)
    .join('/');
  // On Windows, the path to another drive is absolute.
  if (!path.startsWith('..') && !isAbsolute(path) && name !== 'worker') return name;
  return `other/${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
}
