import { close, open, url } from 'node:inspector';
import { UsageError } from '../core/service';

/**
 * Opens the inspector of this process, which debuggers connect to. They attach to each execution environment, a worker
 * thread, through the NodeWorker domain: https://nodejs.org/api/inspector.html
 *
 * Returns a function that closes it. Without a port, does nothing.
 *
 * @throws UsageError if the inspector cannot listen on the port
 */
export function openInspector(port: number | undefined): () => void {
  if (port === undefined) return () => undefined;
  open(port, '127.0.0.1');
  if (url() === undefined) throw new UsageError(`The port ${port} of --debug-port is in use.`);
  return close;
}
