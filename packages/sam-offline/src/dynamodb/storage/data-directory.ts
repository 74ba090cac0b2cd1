import { mkdir, readdir, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../../core/service';
import { acquireLock, type ProcessLock } from '../../system/process-lock';

export const JOURNAL = 'tables.jsonl';
export const SECRETS = 'secrets.json';
/** LevelDB files. Earlier versions stored tables in LevelDB. */
const LEVELDB_FILE = /^(CURRENT|LOCK|LOG(\.old)?|MANIFEST-\d+|\d+\.(ldb|sst|log))$/;
/** Files that operating systems create, and files that an interrupted write leaves behind. */
const IGNORED = /^(\..*|lost\+found|tables\.jsonl\.new|secrets\.json\.new)$/;

/**
 * Creates the directory if it does not exist, and locks it for this process.
 *
 * @throws UsageError if the directory cannot be used. The message contains the reason.
 */
export async function openDirectory(directory: string, { mustBeEmpty = false } = {}): Promise<ProcessLock> {
  try {
    await createFolders(directory);
    const names = (await readdir(directory)).filter((name) => !IGNORED.test(name));
    if (mustBeEmpty || !names.includes(JOURNAL)) assertUnused(directory, names);
    const lock = await acquireLock(await realpath(directory));
    if (lock) return lock;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot open the data directory ${directory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw new UsageError(
    `The data directory ${directory} is in use by another process. Stop that process, or use another directory.`,
  );
}

/**
 * Creates a folder and its missing parents. Does not use the `recursive` option of `mkdir`, which never returns in Node.js 20
 * if the file system does not allow new folders.
 */
async function createFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await createFolders(dirname(folder));
    await mkdir(folder);
  }
}

function assertUnused(directory: string, names: readonly string[]): void {
  const [first] = names;
  if (first === undefined) return;
  if (names.every((name) => name === SECRETS || LEVELDB_FILE.test(name)) && names.includes('LOCK')) {
    throw new UsageError(
      `The data directory ${directory} contains a LevelDB database, as earlier versions stored it. Use another directory.`,
    );
  }
  if (names.includes(SECRETS)) {
    throw new UsageError(
      `The data directory ${directory} contains secrets but no tables: ${JOURNAL} is missing. ` +
        `Restore the file, or delete ${SECRETS} to start without data.`,
    );
  }
  throw new UsageError(
    `${directory} is not a data directory: it contains ${first}${names.length > 1 ? ` and ${names.length - 1} other files` : ''}. ` +
      'Use an empty directory.',
  );
}
