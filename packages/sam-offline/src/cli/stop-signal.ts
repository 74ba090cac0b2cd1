/**
 * Under npm, the process receives one Ctrl+C twice: from the terminal and from npm. Signals within this time count as one
 * signal.
 */
const DUPLICATE_SIGNAL_MILLIS = 1_000;

/** The interval between checks whether the parent process is alive. */
const PARENT_CHECK_MILLIS = 1_000;

/**
 * Returns a signal that aborts at the first SIGINT or SIGTERM. On a second signal, the process exits immediately. Under npm,
 * the signal also aborts when the parent process exits, because npm sends SIGTERM to a shell that may not forward it. It also
 * aborts when the reader of the output has exited, as `head` does.
 */
export function listenForStop(): AbortSignal {
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
  for (const output of [process.stdout, process.stderr]) output.on('error', () => stop.abort());
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) stop.abort();
    }, PARENT_CHECK_MILLIS).unref();
  }
  return stop.signal;
}
