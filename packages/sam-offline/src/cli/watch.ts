import { type FSWatcher, watch } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface WatchOptions {
  /** Returns the absolute paths of the files that `rebuild` reads. Called again after each rebuild. */
  readonly sources: () => readonly string[];
  /** The absolute paths of files that are read only at startup. */
  readonly definitions: readonly string[];
  readonly rebuild: () => Promise<void>;
  readonly print: (line: string) => void;
}

/** Editors save a file in several steps. Changes within this time trigger one rebuild. */
const DEBOUNCE_MILLIS = 30;

/**
 * Rebuilds the functions when a source file changes. When a definition changes, asks the user to restart the command.
 *
 * Watches folders instead of files, because some editors replace a file when they save it. Returns a function that stops
 * watching.
 */
export function watchFiles({ sources, definitions, rebuild, print }: WatchOptions): () => void {
  const folders = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;

  /** Returns whether a change requires a rebuild. After a failed build, any new file may be the file that was missing. */
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
    // The watcher fails if the folder is deleted. The next build reports the missing file.
    return watcher.on('error', () => undefined);
  }

  watchFolders();
  return () => {
    clearTimeout(timer);
    for (const watcher of folders.values()) watcher.close();
    folders.clear();
  };
}

/**
 * Returns whether a file belongs to an installed package. Packages are not watched, because they have many folders and change
 * only when the user installs packages.
 */
function isInstalled(file: string): boolean {
  return file.split(sep).includes('node_modules');
}

function formatFiles(files: readonly string[]): string {
  return files.map((file) => relative(process.cwd(), file)).join(', ');
}
