import type { Handler } from '../http/reply';

/** How often changes are sent, and how many intervals pass before a heartbeat. */
const INTERVAL_MILLIS = 500;
const HEARTBEAT_INTERVALS = 20;

/** Streams the versions of the console's data as server-sent events whenever one changes, until the runtime stops. */
export function streamVersions(
  versions: () => Readonly<Record<string, number>>,
  ready: () => boolean,
): Handler {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    let sent = '';
    let intervals = 0;
    const send = () => {
      if (!ready()) return end();
      const current = JSON.stringify(versions());
      intervals += 1;
      if (current !== sent) response.write(`data: ${current}\n\n`);
      else if (intervals % HEARTBEAT_INTERVALS === 0) response.write(':\n\n');
      sent = current;
    };
    const timer = setInterval(send, INTERVAL_MILLIS);
    const end = () => {
      clearInterval(timer);
      response.end();
    };
    response.on('close', end);
    send();
  };
}
