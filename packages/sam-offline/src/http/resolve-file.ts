import { resolve, sep } from 'node:path';

/** Returns the path of a file in the folder, or undefined if the URL path refers to a file outside of the folder. */
export function resolveFile(folder: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0')) return undefined;
  const name = resolve(folder, `.${decoded}`);
  return name.startsWith(folder + sep) ? name : undefined;
}
