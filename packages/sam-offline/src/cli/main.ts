import { styleText } from 'node:util';
import type { Runtime } from '../app/runtime';
import { UsageError } from '../core/service';
import { HELP, parseCommandLine } from './command-line';
import { formatLog, formatNotice } from './log-format';
import { fillPort } from './port-placeholder';
import { formatReadyMessage } from './ready-message';
import { formatSupport, type Style } from './support-table';
import { watchFiles } from './watch';

/** Under npm, one Ctrl+C arrives twice: from the terminal and from npm. Signals within this time count as one. */
const DUPLICATE_SIGNAL_MILLIS = 1_000;

/** How often to check whether the parent process is alive. */
const PARENT_CHECK_MILLIS = 1_000;

async function main(): Promise<void> {
  process.env.TZ = 'UTC'; // as in Lambda; a worker thread cannot set its own time zone
  const options = parseCommandLine(process.argv.slice(2));
  if (!options) {
    process.stdout.write(HELP);
    return;
  }
  const stop = listenForStop();
  let runtime: Runtime;
  try {
    // Imported after the signal handlers are set, because loading these modules takes half of the start time.
    const { startRuntime } = await import('../app/runtime');
    if (stop.aborted) process.exit(0);
    runtime = await startRuntime({
      ...(await fillPort(options.parameters, options.port)),
      template: options.template,
      values: options.values,
      served: options.served,
      dataDirectory: options.data,
      lambdaConcurrency: options.lambdaConcurrency,
      strict: options.strict,
      seed: options.seed,
      install: options.install,
      onProgress: print,
      onLog: (entry, logicalId) => print(formatLog(entry, logicalId)),
      onNotice: (notice) => print(formatNotice(notice)),
    });
  } catch (error) {
    // Ctrl+C also stops esbuild, so a build can fail because of it.
    if (stop.aborted) process.exit(0);
    throw error;
  }
  if (!stop.aborted) {
    process.stdout.write(`\n${formatSupport(runtime.app.support, style)}`);
    process.stdout.write(`${formatReadyMessage(runtime.port, runtime.commands(), options)}\n`);
    if (options.watch) watchFiles({ ...runtime, print });
    await new Promise((resolve) => stop.addEventListener('abort', resolve));
  }
  await runtime.close();
  process.exit(0);
}

/** Uses colors only on a terminal whose user has not turned them off. */
const style: Style = (color, text) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(color, text) : text;

function print(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}

/**
 * Returns a signal that aborts at the first SIGINT or SIGTERM. A second one exits immediately. Under npm, the signal
 * also aborts when the parent process exits, because npm sends SIGTERM to a shell that may not forward it.
 */
function listenForStop(): AbortSignal {
  const stop = new AbortController();
  let firstSignalAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (firstSignalAt !== undefined && now - firstSignalAt > DUPLICATE_SIGNAL_MILLIS) process.exit(1);
    firstSignalAt ??= now;
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) stop.abort();
    }, PARENT_CHECK_MILLIS).unref();
  }
  return stop.signal;
}

/** Prints only the message of a usage error, and the stack trace of any other. */
function fail(error: unknown): never {
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof UsageError ? message : stack}\n`);
  process.exit(1);
}

main().catch(fail);
