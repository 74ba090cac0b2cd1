import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageFolders } from '../function-source';
import type { FunctionCodeModel } from '../model';
import { findSdkFolder, sdkOfRuntime } from './sdk-cache';

/**
 * Returns the additional folders with node_modules that a function loads packages from: layers, then the SDK of the Lambda
 * runtime. The last layer has the highest priority, because Lambda extracts layers in order and overwrites existing files.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
 *
 * @param isBundled whether the function runs from the build folder. If so, the folders above CodeUri are included.
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
