import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { WebsiteModel } from '../core/model';

export type BuildState =
  | { readonly is: 'built' | 'building' }
  /** `output` is what the command wrote. */
  | { readonly is: 'failed'; readonly output: string };

/** Builds an app's page by the command its template names. */
export interface WebsiteBuild {
  /** Begins to build if the page is missing or older than its sources, and says how it stands. */
  check(): BuildState;
  /** Ends a build that is under way. */
  close(): Promise<void>;
}

export interface WebsiteBuildOptions {
  readonly website: WebsiteModel;
  /** The template's folder, in which the command runs. */
  readonly root: string;
  /** Told of a build that failed. */
  readonly onNotice?: (notice: object) => void;
}

/** A page that the template says nothing about building is taken as it is. */
export function createWebsiteBuild({ website, root, onNotice }: WebsiteBuildOptions): WebsiteBuild {
  const { build, folder } = website;
  let child: ChildProcess | undefined;
  let failure: { output: string; of: number } | undefined;

  function check(): BuildState {
    if (!build) return { is: 'built' };
    if (child) return { is: 'building' };
    const newest = Math.max(...build.sources.map((source) => newestIn(source, folder)));
    if (changedAt(join(folder, 'index.html')) >= newest) return { is: 'built' };
    // What has failed fails again until something changes.
    if (failure?.of === newest) return { is: 'failed', output: failure.output };
    void start(build.command, newest);
    return { is: 'building' };
  }

  async function start([program = '', ...args]: readonly string[], of: number): Promise<void> {
    const written: string[] = [];
    const running = spawn(program === 'node' ? process.execPath : program, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = running;
    running.stdout.on('data', (data) => written.push(String(data)));
    running.stderr.on('data', (data) => written.push(String(data)));
    const [code, signal] = await once(running, 'close').catch((error: Error) => [error.message, null]);
    child = undefined;
    if (code === 0 || signal !== null) return;
    failure = { output: written.join('') || String(code), of };
    onNotice?.({ failed: 'the build of the page', output: failure.output });
  }

  async function close(): Promise<void> {
    const running = child;
    if (!running) return;
    running.kill();
    await once(running, 'close').catch(() => undefined);
  }

  return { check, close };
}

/** When anything in a folder was last changed, in epoch milliseconds; what is installed or built does not count. */
function newestIn(path: string, built: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  const inside = names.map((name) => join(path, name)).filter((inner) => inner !== built);
  return Math.max(0, ...inside.map((inner) => newestIn(inner, built)));
}

/** Epoch milliseconds; 0 for what is not there. */
function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
