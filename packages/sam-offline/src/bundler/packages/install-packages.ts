import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/service';
import { createCommand } from '../../system/command';
import type { FunctionCodeModel } from '../model';
import { withInstallLock } from './install-lock';
import { findMissingPackages, type MissingPackages } from './missing-packages';
import { getSdkFolder, type SdkVersion } from './sdk-cache';

/** The major version of each AWS SDK that Lambda runtimes contain. */
const SDK_VERSIONS: Record<string, string> = { 'aws-sdk': '2', '@aws-sdk': '3' };

/** The packages that may be installed. */
export interface InstallPermissions {
  readonly installsDependencies: boolean;
  readonly installsSdk: boolean;
}

/**
 * Installs missing packages of functions and layers with npm. Installs dependencies into the folders of their package.json, as
 * `sam build` does in its build folder. Installs SDKs into the user's cache folder. Only one process installs packages at a
 * time.
 *
 * @param print called before and after each installation, because an installation takes several seconds
 * @throws UsageError if npm fails
 */
export async function installMissingPackages(
  functions: readonly FunctionCodeModel[],
  { installsDependencies, installsSdk }: InstallPermissions,
  print: (line: string) => void,
): Promise<void> {
  const install = async () => {
    // Searches inside the lock, because npm creates the folders of packages before their files.
    const { folders } = findMissingPackages(functions);
    if (installsDependencies) await installPackages({ folders, sdk: [] }, print);
    // Searches for SDK packages afterwards, because the dependencies may contain some of them.
    if (installsSdk) await installPackages({ folders: [], sdk: findMissingPackages(functions).sdk }, print);
  };
  await withInstallLock(install, () => print('Waiting for another process to finish installing packages …'));
}

async function installPackages(
  { folders, sdk }: MissingPackages,
  print: (line: string) => void,
): Promise<void> {
  for (const folder of folders) {
    const command = existsSync(join(folder, 'package-lock.json')) ? 'ci' : 'install';
    await runNpm([command, '--omit=dev'], folder, `the packages of ${folder}`, print);
  }
  for (const version of ['v2', 'v3'] as const) {
    const names = sdk.filter((missing) => missing.version === version).map(({ name }) => name);
    if (names.length > 0) await installSdk(version, names, print);
  }
}

async function installSdk(
  version: SdkVersion,
  names: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const folder = getSdkFolder(version);
  const manifest = join(folder, 'package.json');
  await mkdir(folder, { recursive: true });
  // If the folder has no package.json, npm installs into a parent folder that has one.
  if (!existsSync(manifest)) await writeFile(manifest, '{"private":true}');
  const packages = names.map((name) => `${name}@${SDK_VERSIONS[name.split('/')[0] ?? ''] ?? 'latest'}`);
  await runNpm(
    ['install', '--ignore-scripts', ...packages],
    folder,
    `${names.join(', ')} into ${folder}`,
    print,
  );
}

async function runNpm(
  args: readonly string[],
  cwd: string,
  what: string,
  print: (line: string) => void,
): Promise<void> {
  print(`Installing ${what} …`);
  const startedAt = performance.now();
  const options = [...args, '--no-audit', '--no-fund', '--loglevel=error'];
  const { file, args: given, shell } = createCommand('npm', options);
  const child = spawn(file, given, { cwd, env: process.env, shell, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      errors += error.message;
    });
    child.on('close', resolve);
  });
  if (code !== 0) {
    throw new UsageError(`npm could not install ${what}. Check the network connection.\n${errors.trim()}`);
  }
  print(`Installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}
