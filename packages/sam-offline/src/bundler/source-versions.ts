import { statSync } from 'node:fs';

/**
 * Returns a string of the files' modification times and sizes, which changes when a file changes. Returns undefined if a file
 * has changed since `builtAt` (epoch milliseconds), because the build may have read the old or the new content.
 */
export function createSourceVersion(files: readonly string[], builtAt: number): string | undefined {
  const versions = files.map((file) => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats && stats.mtimeMs < builtAt ? `${file} ${stats.mtimeMs} ${stats.size}` : undefined;
  });
  return versions.includes(undefined) ? undefined : versions.sort().join('\n');
}
