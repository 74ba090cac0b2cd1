import type { Runtime } from '../app/runtime';
import { UsageError } from '../core/service';
import { HELP, parseCommandLine } from './command-line';
import { formatLog, formatNotice } from './log-format';
import { linesToCopy } from './ready-message';
import { watchFiles } from './watch';

/** One Ctrl+C under npm comes twice, from the terminal and from npm: within this time it counts once. */
const SAME_SIGNAL_MILLIS = 1_000;

/** How often to look whether the process that started this one is still there. */
const PARENT_CHECK_MILLIS = 1_000;

async function main(): Promise<void> {
  process.env.TZ = 'UTC'; // as on AWS; a worker thread cannot have a zone of its own
  const options = parseCommandLine(process.argv.slice(2));
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const stop = stopRequests();
  let runtime: Runtime;
  try {
    // Imported once signals are heard: loading takes as long as the rest of the start.
    const { startRuntime } = await import('../app/runtime');
    if (stop.aborted) process.exit(0);
    runtime = await startRuntime({
      template: options.template,
      parameters: options.parameters,
      port: options.port,
      dataDirectory: options.data,
      onLog: (entry, logicalId) => print(formatLog(entry, logicalId)),
      onNotice: (notice) => print(formatNotice(notice)),
    });
  } catch (error) {
    // Stopped while it started: Ctrl+C at a terminal ends esbuild too, which then cannot bundle.
    if (stop.aborted) process.exit(0);
    throw error;
  }
  if (!stop.aborted) {
    process.stdout.write(`${linesToCopy(runtime.lines)}\n`);
    if (options.watch) watchFiles({ ...runtime, tell: print });
    await new Promise((resolve) => stop.addEventListener('abort', resolve));
  }
  await runtime.close();
  process.exit(0);
}

function print(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}

/**
 * Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. Under npm it also aborts when the
 * parent is gone: npm passes SIGTERM to a shell, and not every shell passes it on.
 */
function stopRequests(): AbortSignal {
  const request = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    if (first !== undefined && performance.now() - first > SAME_SIGNAL_MILLIS) process.exit(1);
    first ??= performance.now();
    request.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) request.abort();
    }, PARENT_CHECK_MILLIS).unref();
  }
  return request.signal;
}

/** What a person can act on is told in its own words; what is a fault of the runtime comes with its stack. */
function fail(error: unknown): never {
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof UsageError ? message : stack}\n`);
  process.exit(1);
}

main().catch(fail);
