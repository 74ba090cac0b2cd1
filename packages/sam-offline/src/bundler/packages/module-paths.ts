import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageFolders } from '../function-source';
import type { FunctionCodeModel } from '../model';
import { findSdkFolder, sdkOfRuntime } from './sdk-cache';

/**
 * Returns the folders with node_modules that a function's packages come from, apart from the folders that Node.js finds from the
 * file itself: layers, then the SDK of the Lambda runtime. The last layer wins, because Lambda extracts it over the others.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
 *
 * @param isBundled whether the file is in another folder than the function
 */
export function listModulePaths(fn: FunctionCodeModel, isBundled: boolean): string[] {
  const major = /^nodejs(\d+)/.exec(fn.runtime)?.[1];
  const layers = fn.layers
    .toReversed()
    .flatMap((layer) => [join(layer, `node${major}`), layer])
    .filter((folder) => existsSync(join(folder, 'node_modules')));
  const sdk = findSdkFolder(sdkOfRuntime(fn.runtime));
  return [
    ...(isBundled ? findPackageFolders(fn.codeUri) : []),
    ...layers,
    ...(sdk === undefined ? [] : [sdk]),
  ];
}
