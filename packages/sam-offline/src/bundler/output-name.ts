import { createHash } from 'node:crypto';
import { extname, isAbsolute, relative, sep } from 'node:path';

/**
 * Returns the name of a source file in the output folder, with forward slashes and without an extension. For files in the
 * template's folder, the name is the relative path. For other files, it contains a hash of the path.
 */
export function outputName(source: string, root: string): string {
  const path = relative(root, source);
  const name = path
    .slice(0, -extname(path).length || undefined)
    .split(sep)
    .join('/');
  // On Windows, `relative` returns an absolute path if the source is on another drive.
  if (!path.startsWith('..') && !isAbsolute(path) && name !== 'worker') return name;
  return `other/${createHash('sha256').update(source).digest('hex').slice(0, 16)}`;
}
