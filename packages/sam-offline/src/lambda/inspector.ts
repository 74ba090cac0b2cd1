import { close, open, Session, url } from 'node:inspector';
import { UsageError } from '../core/service';

/**
 * Opens the inspector of this process, so that debuggers can connect. Debuggers attach to the worker thread of each execution
 * environment through the NodeWorker domain: https://nodejs.org/api/inspector.html
 *
 * Returns a function that resumes paused threads and closes the inspector. Without a port, does nothing.
 *
 * @throws UsageError if the inspector cannot listen on the port
 */
export function openInspector(port: number | undefined): () => Promise<void> {
  if (port === undefined) return async () => undefined;
  open(port, '127.0.0.1');
  if (url() === undefined) throw new UsageError(`The port ${port} of --debug-port is in use.`);
  return async () => {
    await resumeThreads();
    close();
  };
}

const RESUME = ['Debugger.enable', 'Debugger.resume'];

/**
 * Resumes all worker threads that a debugger paused, even if the debugger has disconnected. Node.js cannot end a paused thread.
 */
async function resumeThreads(): Promise<void> {
  const session = new Session();
  session.connect();
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) => {
    for (const [id, method] of RESUME.entries()) {
      const message = JSON.stringify({ id, method });
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    }
  });
  await new Promise<void>((done) =>
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => done()),
  );
}
