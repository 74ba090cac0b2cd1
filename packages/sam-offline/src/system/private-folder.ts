import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The write permissions of the group and of other users. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Creates a folder that only its owner can write to.
 *
 * @throws Error if the folder belongs to another user or is a link, or if other users can write to it
 */
export async function createPrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  // Windows has no user IDs. On Windows, the folder is in the user's profile.
  const userId = process.getuid?.();
  const isPrivate = userId === undefined || (found.uid === userId && (found.mode & WRITABLE_BY_OTHERS) === 0);
  if (!found.isDirectory() || !isPrivate) throw new Error(`Other users can write to ${folder}.`);
}

/** Deletes all entries of a folder except the `kept` most recently modified entries. */
export async function removeOldest(parent: string, kept: number): Promise<void> {
  const entries = (await readdir(parent)).map((name) => join(parent, name));
  if (entries.length <= kept) return;
  // Another runtime may delete an entry concurrently.
  const usedAt = (entry: string) =>
    stat(entry).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
  const used = await Promise.all(entries.map(async (entry) => ({ entry, at: await usedAt(entry) })));
  const old = used.sort((a, b) => b.at - a.at).slice(kept);
  await Promise.all(old.map(({ entry }) => rm(entry, { recursive: true, force: true })));
}
