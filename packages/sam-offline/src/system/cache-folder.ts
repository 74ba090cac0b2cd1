import { homedir } from 'node:os';
import { join } from 'node:path';

/** Returns the folder for files that all applications share, in the operating system's cache folder for the user. */
export function getCacheFolder(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME, SAM_OFFLINE_CACHE } = process.env;
  if (SAM_OFFLINE_CACHE) return SAM_OFFLINE_CACHE;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/sam-offline');
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'sam-offline/Cache');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sam-offline');
}
