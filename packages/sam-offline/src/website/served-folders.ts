import { readFile } from 'node:fs/promises';
import { resolveFile } from '../http/resolve-file';
import { getContentType, type WebFile } from './index';

/** Folders whose files are served, by URL path: for example `/keys` and an absolute path. */
export type ServedFolders = Readonly<Record<string, string>>;

/** Returns the served file at a URL's path, or undefined if it does not exist. */
export async function readServedFile(folders: ServedFolders, path: string): Promise<WebFile | undefined> {
  for (const [prefix, folder] of Object.entries(folders)) {
    if (!path.startsWith(`${prefix}/`)) continue;
    const name = resolveFile(folder, path.slice(prefix.length));
    const body = name === undefined ? undefined : await readFile(name).catch(() => undefined); // missing, or a folder
    if (name !== undefined && body) return { contentType: getContentType(name), body };
  }
  return undefined;
}
