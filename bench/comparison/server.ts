import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Design } from './designs';
import { listTree, readTreeUsage, type TreeUsage } from './process-tree';
import { withTimeout } from './with-timeout';

const START_TIMEOUT_MS = 120_000;
/** The number of output lines that an error includes. */
const LINES = 5;

/** The running program of a design. */
export interface Server {
  /** The URLs of the WebSocket API and of other APIs that the clients need. */
  readonly urls: readonly string[];
  usage(): TreeUsage;
  /** Kills the program, so that the open connections do not cause `$disconnect` invocations. */
  stop(): Promise<void>;
}

/**
 * Starts the program for a design in a new process and waits until it is ready.
 *
 * @throws Error with the last lines of output if the program exits or is not ready in time
 */
export async function startServer(design: Design): Promise<Server> {
  const child = spawn(process.execPath, design.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  const pid = child.pid as number;
  const lines: string[] = [];
  const exited = once(child, 'exit');
  const ready = new Promise<string[]>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        lines.splice(0, lines.length - LINES);
        const urls = /Ready on (.+)/.exec(line)?.[1];
        if (urls !== undefined) resolve(urls.split(' '));
      });
    }
    exited.then(([code]) => reject(new Error(`exited with code ${code}`)), reject);
  });
  const stop = async () => {
    for (const descendant of listTree(pid)) kill(descendant);
    await exited;
  };
  try {
    const urls = await withTimeout('start', START_TIMEOUT_MS, ready);
    return { urls, usage: () => readTreeUsage(pid), stop };
  } catch (error) {
    await stop();
    throw new Error([(error as Error).message, ...lines].join('\n'));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended.
  }
}
