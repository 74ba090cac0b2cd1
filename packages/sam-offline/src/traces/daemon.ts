import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What tracers send their segments to. */
export interface TraceDaemon {
  /** `127.0.0.1:PORT`, for AWS_XRAY_DAEMON_ADDRESS. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * The X-Ray daemon's UDP side: takes datagrams of a JSON header line and one segment document. It runs in a thread of
 * its own, because a busy process reads its sockets late, and what does not fit into a socket's buffer is lost.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
 */
export async function createTraceDaemon(receive: (document: string) => void): Promise<TraceDaemon> {
  const thread = new Worker(join(__dirname, 'daemon-thread.js'), { execArgv: [], env: {} });
  const port = await new Promise<number>((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  thread.on('message', (documents: string[]) => {
    for (const document of documents) receive(document);
  });
  thread.unref();
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      await thread.terminate();
    },
  };
}
