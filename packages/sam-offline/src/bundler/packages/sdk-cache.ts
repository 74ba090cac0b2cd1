import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { getCacheFolder } from '../../system/cache-folder';

/** A version of the AWS SDK for JavaScript. */
export type SdkVersion = 'v2' | 'v3';

/**
 * Returns the SDK version that a Lambda runtime contains: v2 up to nodejs16.x, and v3 from nodejs18.x.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
 */
export function sdkOfRuntime(runtime: string): SdkVersion {
  const major = Number(/^nodejs(\d+)/.exec(runtime)?.[1]);
  return major >= 18 ? 'v3' : 'v2';
}

/** Returns the folder that `--install` installs an SDK into. It is in the user's cache folder. */
export function getSdkFolder(version: SdkVersion): string {
  return join(getCacheFolder(), `sdk-${version}`);
}

/** Returns the folder of an SDK, or undefined if the SDK is not installed. */
export function findSdkFolder(version: SdkVersion): string | undefined {
  const folder = getSdkFolder(version);
  return existsSync(join(folder, 'node_modules')) ? folder : undefined;
}
