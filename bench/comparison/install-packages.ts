import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
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
  return run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/**
 * Installs ministack in the virtual environment of `npm run test:emulator`. Returns the reason if the installation fails, or
 * undefined.
 *
 * @param onInstall called before an installation
 */
export async function installEmulator(onInstall: () => void): Promise<string | undefined> {
  if (!existsSync(join(root, '.venv-emulator'))) onInstall();
  return run('bash', ['-c', 'source scripts/python-tools.sh; install_emulator'], root);
}

function run(command: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: INSTALL_TIMEOUT_MS }, (error) =>
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
