import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, UsageError } from '../../core/service';
import { findPackageFolders, findSource } from '../function-source';
import type { FunctionCodeModel } from '../model';
import { getSdkFolder, type SdkVersion, sdkOfRuntime } from './sdk-cache';

/** The packages that functions need but that are not installed. */
export interface MissingPackages {
  /** The absolute paths of the folders with a package.json whose dependencies are not installed. */
  readonly folders: readonly string[];
  /** The AWS SDK packages that Lambda runtimes contain, and the functions that use them. */
  readonly sdk: readonly SdkPackage[];
}

export interface SdkPackage {
  readonly version: SdkVersion;
  /** The name of the package, for example `@aws-sdk/client-dynamodb`. */
  readonly name: string;
  readonly logicalIds: readonly string[];
}

/** Matches SDK packages in import statements and `require` calls. */
const PROVIDED = {
  v2: /\b(?:from|import|require)\s*\(?\s*['"](aws-sdk)(?:\/[\w./-]+)?['"]/g,
  v3: /\b(?:from|import|require)\s*\(?\s*['"](@(?:aws-sdk|smithy)\/[\w-]+)(?:\/[\w./-]+)?['"]/g,
} as const;

/** The maximum number of files to read, in case CodeUri is a whole repository. */
const MAX_FILES = 500;

/**
 * Finds the packages that functions and their layers use but that are not installed, neither in the application nor in the SDK
 * cache.
 */
export function findMissingPackages(functions: readonly FunctionCodeModel[]): MissingPackages {
  const sources = functions.flatMap(({ codeUri, layers }) => [codeUri, ...layers]);
  const folders = [...new Set(sources)].filter(lacksDependencies);
  const users = new Map<string, { version: SdkVersion; name: string; logicalIds: string[] }>();
  for (const fn of functions) {
    if (folders.includes(fn.codeUri) && declaresSdk(fn.codeUri)) continue;
    const version = sdkOfRuntime(fn.runtime);
    for (const name of findImports(fn, version)) {
      const entry = users.get(name) ?? { version, name, logicalIds: [] };
      entry.logicalIds.push(fn.logicalId);
      users.set(name, entry);
    }
  }
  return { folders, sdk: [...users.values()] };
}

/** The option of the command line and of `startSam`. */
const INSTALL = '--install (in tests: install: true)';

/** Returns one line for each missing package. The line explains how to install the package. */
export function describeMissingPackages({ folders, sdk }: MissingPackages): string[] {
  return [
    ...folders.map(
      (folder) =>
        `The packages of ${join(folder, 'package.json')} are not installed. Run npm install there, or add ${INSTALL}.`,
    ),
    ...sdk.map(
      ({ name, version, logicalIds }) =>
        `${name} of the Lambda runtime is not installed (used by ${logicalIds.join(', ')}). ` +
        `Run npm install --save-dev ${name}, or add ${INSTALL} to install it once, into ${getSdkFolder(version)}.`,
    ),
  ];
}

function readDependencies(folder: string): string[] {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return [];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(manifest, 'utf8'));
  } catch (error) {
    throw new UsageError(`${manifest} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return isObject(content) && isObject(content.dependencies) ? Object.keys(content.dependencies) : [];
}

function lacksDependencies(folder: string): boolean {
  return readDependencies(folder).some((name) => !isInstalled(name, findPackageFolders(folder)));
}

function declaresSdk(folder: string): boolean {
  return readDependencies(folder).some((name) => name === 'aws-sdk' || name.startsWith('@aws-sdk/'));
}

function isInstalled(name: string, folders: readonly string[]): boolean {
  return folders.some((folder) => existsSync(join(folder, 'node_modules', name)));
}

function findImports(fn: FunctionCodeModel, version: SdkVersion): string[] {
  const folders = [...findPackageFolders(fn.codeUri), ...fn.layers, getSdkFolder(version)];
  // Skips reading the code if an SDK is installed: esbuild reports packages that a bundle lacks, and SDK v2 is only one
  // package.
  const isComplete = version === 'v2' || isBundled(fn);
  if (isComplete && isInstalled(version === 'v2' ? 'aws-sdk' : '@aws-sdk', folders.slice(0, -1))) return [];
  const names = new Set<string>();
  for (const file of listSources(fn.codeUri)) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(PROVIDED[version])) names.add(name);
  }
  return [...names].filter((name) => !isInstalled(name, folders));
}

function isBundled(fn: FunctionCodeModel): boolean {
  try {
    return findSource(fn).isBundled;
  } catch {
    return true; // the build reports that the handler does not exist
  }
}

function listSources(root: string): string[] {
  const files: string[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined && files.length < MAX_FILES; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (/\.[cm]?[jt]s$/.test(entry.name) && entry.isFile()) files.push(path);
      const isSkipped = entry.name === 'node_modules' || entry.name.startsWith('.');
      if (entry.isDirectory() && !isSkipped) folders.push(path);
    }
  }
  return files;
}
