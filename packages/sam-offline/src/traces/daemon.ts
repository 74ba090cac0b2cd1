import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** An X-Ray daemon that receives segments over UDP. */
export interface TraceDaemon {
  /** The value for `AWS_XRAY_DAEMON_ADDRESS`: `127.0.0.1:PORT`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Starts an X-Ray daemon. It receives datagrams that contain a JSON header line and a segment document. The daemon runs in a
 * separate thread: if the main thread were busy, the socket's buffer could become full, and datagrams would be lost.
 *
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
