import { readFile } from 'node:fs/promises';
import { resolveFile } from '../http/resolve-file';
import { getContentType, type WebFile } from './index';

/** Absolute paths of folders to serve, by URL path, for example `/keys`. */
export type ServedFolders = Readonly<Record<string, string>>;

/** Returns the file at a URL path, or undefined if the file does not exist. */
export async function readServedFile(folders: ServedFolders, path: string): Promise<WebFile | undefined> {
  for (const [prefix, folder] of Object.entries(folders)) {
    if (!path.startsWith(`${prefix}/`)) continue;
    const name = resolveFile(folder, path.slice(prefix.length));
    const body = name === undefined ? undefined : await readFile(name).catch(() => undefined); // missing, or a folder
    if (name !== undefined && body) return { contentType: getContentType(name), body };
  }
  return undefined;
}
