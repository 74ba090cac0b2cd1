import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Installs the packages of a folder if they differ from its lock file. Returns the reason if the installation fails, or
 * undefined.
 *
 * @param onInstall called before an installation
 */
export async function installPackages(folder: string, onInstall: () => void): Promise<string | undefined> {
  if (isInstalled(folder)) return undefined;
  onInstall();
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  return new Promise((resolve) => {
    execFile('npm', args, { cwd: folder, timeout: INSTALL_TIMEOUT_MS }, (error) =>
      resolve(error ? 'not installed' : undefined),
    );
  });
}

/** npm writes a copy of the lock file to `node_modules`. The copy omits the root package. */
function isInstalled(folder: string): boolean {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (file: string) =>
    Object.entries(
      JSON.parse(readFileSync(file, 'utf8')).packages as Record<
        string,
        { version?: string; optional?: boolean }
      >,
    )
      .filter(([path, { optional }]) => path !== '' && !optional)
      .map(([path, { version }]) => `${path} ${version}`)
      .join();
  return versions(installed) === versions(join(folder, 'package-lock.json'));
}
