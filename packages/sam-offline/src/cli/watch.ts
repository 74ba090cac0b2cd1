import { type FSWatcher, watch } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface WatchOptions {
  /** The files that `rebuild` reads; asked again after each rebuild. Absolute, as `definitions`. */
  readonly sources: () => readonly string[];
  /** The files that are read at the start only. */
  readonly definitions: readonly string[];
  readonly rebuild: () => Promise<void>;
  /** Takes a line for the person at the terminal. */
  readonly tell: (line: string) => void;
}

/** An editor's save is several changes: they are taken together. */
const BURST_MILLIS = 100;

/**
 * Rebuilds when a source changes, and says so when a definition does.
 *
 * The folders are watched, not the files: an editor that saves by renaming puts another file in the place of the
 * one that would be watched.
 *
 * @returns a function that ends it.
 */
export function watchFiles({ sources, definitions, rebuild, tell }: WatchOptions): () => void {
  const folders = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let failed = false;

  /** After a build that failed, the file it misses may be a new one. */
  function matters(file: string): boolean {
    if (definitions.includes(file) || sources().includes(file)) return true;
    return failed && /\.(?:[cm]?[jt]sx?|json)$/.test(file);
  }

  function note(file: string): void {
    if (!matters(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => void apply(), BURST_MILLIS);
  }

  async function apply(): Promise<void> {
    const files = [...changed];
    changed.clear();
    const restart = files.filter((file) => definitions.includes(file));
    if (restart.length > 0) tell(`template changed: restart to apply (${named(restart)})`);
    const known = sources();
    const rebuilt = files.filter((file) => known.includes(file) || !definitions.includes(file));
    if (rebuilt.length === 0) return;
    try {
      await rebuild();
      failed = false;
      tell(`Bundled anew after a change of ${named(rebuilt)}.`);
    } catch (error) {
      failed = true;
      tell(`Not bundled: ${(error as Error).message}`);
    }
    watchFolders();
  }

  function watchFolders(): void {
    const files = [...sources(), ...definitions].filter((file) => !isInstalled(file));
    const wanted = new Set(files.map((file) => dirname(file)));
    for (const folder of wanted) {
      if (!folders.has(folder)) folders.set(folder, watchFolder(folder));
    }
    for (const [folder, watcher] of folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      folders.delete(folder);
    }
  }

  function watchFolder(folder: string): FSWatcher {
    const watcher = watch(folder, (_event, name) => {
      if (name !== null) note(join(folder, name));
    });
    // The folder was deleted: the next build says what is missing.
    return watcher.on('error', () => undefined);
  }

  watchFolders();
  return () => {
    clearTimeout(timer);
    for (const watcher of folders.values()) watcher.close();
    folders.clear();
  };
}

/** Packages change by installing them, and there are many of their folders. */
function isInstalled(file: string): boolean {
  return file.split(sep).includes('node_modules');
}

function named(files: readonly string[]): string {
  return files.map((file) => relative(process.cwd(), file)).join(', ');
}
