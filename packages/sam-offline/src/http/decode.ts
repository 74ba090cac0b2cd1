/** Percent-decodes a path or path segment. Returns malformed input unchanged. */
export function decodePath(path: string): string {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path;
  } catch {
    return path;
  }
}
