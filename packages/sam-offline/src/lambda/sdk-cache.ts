import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A version of the AWS SDK for JavaScript. */
export type SdkVersion = 'v2' | 'v3';

/**
 * Returns the SDK that a Lambda runtime contains: v2 up to nodejs16.x, and v3 since.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
 */
export function sdkOfRuntime(runtime: string): SdkVersion {
  const major = Number(/^nodejs(\d+)/.exec(runtime)?.[1]);
  return major >= 18 ? 'v3' : 'v2';
}

/** Returns the folder that `--install` installs an SDK into, in the user's cache folder of the operating system. */
export function getSdkFolder(version: SdkVersion): string {
  return join(getCacheFolder(), `sdk-${version}`);
}

/** Returns the folder of an SDK, if it is installed. */
export function findSdkFolder(version: SdkVersion): string | undefined {
  const folder = getSdkFolder(version);
  return existsSync(join(folder, 'node_modules')) ? folder : undefined;
}

function getCacheFolder(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME, SAM_OFFLINE_CACHE } = process.env;
  if (SAM_OFFLINE_CACHE) return SAM_OFFLINE_CACHE;
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/sam-offline');
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'sam-offline/Cache');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sam-offline');
}
