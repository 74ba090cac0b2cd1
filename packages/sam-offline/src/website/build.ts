import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createCommand } from '../system/command';
import { printIfSlow } from '../system/slow-start';
import type { WebsiteModel } from './model';

export type BuildState =
  | { readonly status: 'built' | 'building' }
  /** `output` is the output of the build command. */
  | { readonly status: 'failed'; readonly output: string };

/** Builds a website with the command in its template. */
export interface WebsiteBuild {
  /** Returns the state of the build. Starts a build if the website is missing or older than its sources. */
  check(): BuildState;
  /** Returns the number of finished builds. */
  finished(): number;
  /** Stops a running build. */
  close(): Promise<void>;
}

export interface WebsiteBuildOptions {
  readonly website: WebsiteModel;
  /** The template's folder. The command runs in it. */
  readonly root: string;
  /** Called when a build fails. */
  readonly onNotice?: (notice: object) => void;
  /** Called when a build takes more than half a second, with a description. */
  readonly onProgress?: (line: string) => void;
}

/** Creates the build of a website. Without a build command, the state is always `built`. */
export function createWebsiteBuild({
  website,
  root,
  onNotice,
  onProgress = () => undefined,
}: WebsiteBuildOptions): WebsiteBuild {
  const { build, folder } = website;
  let child: ChildProcess | undefined;
  let failure: { output: string; sourceTime: number } | undefined;
  /** The time of the sources of the last complete build. */
  let builtTime: number | undefined;
  let finished = 0;

  function check(): BuildState {
    if (!build) return { status: 'built' };
    if (child) return { status: 'building' };
    const sourceTime = Math.max(...build.sources.map((source) => newestTime(source, folder)));
    const pageTime = modifiedTime(join(folder, 'index.html'));
    // After a build, its sources count, and not the page: a build can leave an unchanged page as it is, and a source can change
    // during a build.
    const upToDateTime = builtTime ?? pageTime;
    if (pageTime !== 0 && upToDateTime >= sourceTime) return { status: 'built' };
    // The same sources would fail again.
    if (failure?.sourceTime === sourceTime) return { status: 'failed', output: failure.output };
    void start(build.command, sourceTime);
    return { status: 'building' };
  }

  async function start([program = '', ...args]: readonly string[], sourceTime: number): Promise<void> {
    const output: string[] = [];
    const endStep = printIfSlow(`Building the web page: ${[program, ...args].join(' ')}`, onProgress, 0);
    const command = createCommand(program, args);
    const running = spawn(command.file, command.args, {
      cwd: root,
      shell: command.shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = running;
    running.stdout.on('data', (data) => output.push(String(data)));
    running.stderr.on('data', (data) => output.push(String(data)));
    const [code, signal] = await once(running, 'close').catch((error: Error) => [error.message, null]);
    endStep();
    child = undefined;
    finished += 1;
    if (code === 0) builtTime = sourceTime;
    if (code === 0 || signal !== null) return;
    // Some tools also color output that is not shown in a terminal.
    failure = { output: stripVTControlCharacters(output.join('')) || String(code), sourceTime };
    onNotice?.({ failed: 'website build', output: failure.output });
  }

  async function close(): Promise<void> {
    const running = child;
    if (!running) return;
    running.kill();
    await once(running, 'close').catch(() => undefined);
  }

  return { check, finished: () => finished, close };
}

/** Returns the newest modification time in a folder, in epoch milliseconds. Skips packages and the built folder. */
function newestTime(path: string, built: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  const entries = names.map((name) => join(path, name)).filter((entry) => entry !== built);
  return Math.max(0, ...entries.map((entry) => newestTime(entry, built)));
}

/** Returns epoch milliseconds, or 0 for a missing file. */
function modifiedTime(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
