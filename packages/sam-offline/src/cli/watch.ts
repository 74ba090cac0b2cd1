import { type FSWatcher, watch } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface WatchOptions {
  /** Returns the files that `rebuild` reads. Called again after each rebuild. Absolute. */
  readonly sources: () => readonly string[];
  /** The files that are read only at the start. Absolute. */
  readonly definitions: readonly string[];
  readonly rebuild: () => Promise<void>;
  readonly print: (line: string) => void;
}

/** Editors save a file in several steps. Changes within this time trigger one rebuild. */
const DEBOUNCE_MILLIS = 30;

/**
 * Rebuilds the functions when a source file changes, and asks for a restart when a definition changes.
 *
 * Watches folders instead of files, because editors that save by renaming replace the file. Returns a function that
 * stops watching.
 */
export function watchFiles({ sources, definitions, rebuild, print }: WatchOptions): () => void {
  const folders = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;

  /** After a failed build, any new file may be the missing one. */
  function isRelevant(file: string): boolean {
    if (definitions.includes(file) || sources().includes(file)) return true;
    return hasFailed && /\.(?:[cm]?[jt]sx?|json)$/.test(file);
  }

  function handleChange(file: string): void {
    if (!isRelevant(file)) return;
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => void apply(), DEBOUNCE_MILLIS);
  }

  async function apply(): Promise<void> {
    const files = [...changed];
    changed.clear();
    const changedDefinitions = files.filter((file) => definitions.includes(file));
    if (changedDefinitions.length > 0) {
      print(`Changed: ${formatFiles(changedDefinitions)}. Restart to apply the change.`);
    }
    const current = sources();
    const changedSources = files.filter((file) => current.includes(file) || !definitions.includes(file));
    if (changedSources.length === 0) return;
    try {
      await rebuild();
      hasFailed = false;
      print(`Rebuilt: ${formatFiles(changedSources)}`);
    } catch (error) {
      hasFailed = true;
      print(`Build failed, the previous code keeps running: ${(error as Error).message}`);
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
      if (name !== null) handleChange(join(folder, name));
    });
    // The folder was deleted. The next build reports the missing file.
    return watcher.on('error', () => undefined);
  }

  watchFolders();
  return () => {
    clearTimeout(timer);
    for (const watcher of folders.values()) watcher.close();
    folders.clear();
  };
}

/** Packages are not watched: they have many folders and change only when the user installs them. */
function isInstalled(file: string): boolean {
  return file.split(sep).includes('node_modules');
}

function formatFiles(files: readonly string[]): string {
  return files.map((file) => relative(process.cwd(), file)).join(', ');
}
