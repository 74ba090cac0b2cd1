import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(__dirname, '..');
const READY = 'Stop: Ctrl+C';

/**
 * The environment variable for the directory in which Jest workers record the runtimes that they share. The global setup sets
 * it.
 */
export const SHARED_RUNTIMES = 'ROOMCAST_SHARED_RUNTIMES';

export interface RuntimeProcess {
  readonly pid: number;
  /** Returns everything that the process has written to stdout and stderr. */
  output(): string;
}

/**
 * Starts the local runtime on a free port and resolves when it has printed its ready message. Benchmarks do not use strict
 * mode.
 *
 * @throws Error with the output if the runtime exits first.
 */
export async function startRuntimeProcess(
  args: string[] = [],
  isStrict = true,
): Promise<RuntimeProcess & { child: ChildProcess }> {
  const written: string[] = [];
  const output = () => written.join('');
  const child = spawn(process.execPath, command(args, isStrict), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (data) => written.push(String(data)));
  child.stderr?.on('data', (data) => written.push(String(data)));
  await untilReady(child, output);
  return { child, pid: child.pid as number, output };
}

/**
 * Returns the runtime that the test files of this Jest worker share. The first test file starts the runtime. The runtime writes
 * its output to a file, because it outlives the module registry of that test file.
 */
export async function sharedRuntime(): Promise<RuntimeProcess> {
  const directory = process.env[SHARED_RUNTIMES];
  if (directory === undefined)
    throw new Error(`${SHARED_RUNTIMES} is not set: run the tests with jest.config.js`);
  const worker = join(directory, process.env.JEST_WORKER_ID ?? '1');
  const log = `${worker}.log`;
  const output = () => readFileSync(log, 'utf8');
  const running = recordedPids(directory)[`${worker}.pid`];
  if (running !== undefined) return { pid: running, output };
  const file = openSync(log, 'w');
  const child = spawn(process.execPath, command([], true), { cwd: root, stdio: ['ignore', file, file] });
  const pid = child.pid as number;
  writeFileSync(`${worker}.pid`, String(pid));
  await untilReady(child, output);
  child.unref();
  return { pid, output };
}

/** Returns the URL in a runtime's ready message. */
export function readUrl(output: string): string {
  return `http://127.0.0.1:${/Ready on http:\/\/localhost:(\d+)/.exec(output)?.[1]}`;
}

/** Returns the process IDs of the shared runtimes, by the path of the file that records the ID. */
export function recordedPids(directory: string): Record<string, number> {
  const files = readdirSync(directory).filter((name) => name.endsWith('.pid'));
  return Object.fromEntries(
    files.map((name) => [join(directory, name), Number(readFileSync(join(directory, name), 'utf8'))]),
  );
}

function command(args: string[], isStrict: boolean): string[] {
  const { SEED } = process.env;
  const seed = SEED === undefined ? [] : ['--seed', String(deriveSeed(SEED))];
  const strict = isStrict ? ['--strict', ...seed] : [];
  return ['packages/sam-offline/bin/sam-offline.js', '--port', '0', ...strict, ...args];
}

/**
 * Returns the seed of a runtime that the current test file starts. With the same seed, the first calls of all runtimes would
 * have the same faults, and faults that occur later in the sequence would never occur.
 */
function deriveSeed(seed: string): number {
  const file = typeof expect === 'undefined' ? '' : (expect.getState().testPath ?? '');
  return createHash('sha256')
    .update(`${seed} ${relative(root, file)}`)
    .digest()
    .readUInt32BE();
}

async function untilReady(child: ChildProcess, output: () => string): Promise<void> {
  while (!output().includes(READY)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The runtime exited with ${child.exitCode ?? child.signalCode}: ${output()}`);
    }
    await sleep(20);
  }
}
