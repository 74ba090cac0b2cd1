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
  /** The build failed. `output` is the output of the build command. */
  | { readonly status: 'failed'; readonly output: string };

/** Builds a website with the command in the template. */
export interface WebsiteBuild {
  /** Returns the state of the build. Starts a build if the website is missing or older than its sources. */
  check(): BuildState;
  /** Returns the number of completed builds, including failed builds. */
  finished(): number;
  /** Stops a running build. */
  close(): Promise<void>;
}

export interface WebsiteBuildOptions {
  readonly website: WebsiteModel;
  /** The template's folder, in which the command runs. */
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
  /** The modification time of the sources of the last successful build. */
  let builtTime: number | undefined;
  let finished = 0;

  function check(): BuildState {
    if (!build) return { status: 'built' };
    if (child) return { status: 'building' };
    const sourceTime = Math.max(...build.sources.map((source) => newestTime(source, folder)));
    const pageTime = modifiedTime(join(folder, 'index.html'));
    // After a build, compare with the time of the sources that were built. The time of the page is not reliable: a build may
    // not rewrite an unchanged page, and a source can change during a build.
    const upToDateTime = builtTime ?? pageTime;
    if (pageTime !== 0 && upToDateTime >= sourceTime) return { status: 'built' };
    // A build of unchanged sources would fail again.
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
    // Some tools color their output even if it is not a terminal.
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

/**
 * Returns the latest modification time in a folder, in epoch milliseconds. Skips packages and the output folder of the build.
 */
function newestTime(path: string, built: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  const entries = names.map((name) => join(path, name)).filter((entry) => entry !== built);
  return Math.max(0, ...entries.map((entry) => newestTime(entry, built)));
}

/** Returns the modification time of a file in epoch milliseconds, or 0 if the file does not exist. */
function modifiedTime(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
