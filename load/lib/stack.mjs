import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Line } from '../processor/line.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Where the load goes: WS_URL (with HTTP_URL and BROADCAST_KEY) if that is set, else a runtime of its own.
 *
 * @returns its addresses as environment variables, and what ends it.
 */
export async function stackUnderLoad() {
  const { WS_URL, HTTP_URL = '', BROADCAST_KEY = '' } = process.env;
  if (WS_URL) return { addresses: { WS_URL, HTTP_URL, BROADCAST_KEY }, stop: async () => {} };
  const child = spawn(process.execPath, ['packages/sam-offline/bin/sam-offline.js', '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'], // what the functions log goes to stderr
  });
  const ready = await readyMessage(child);
  const [, port] = /Ready on http:\/\/localhost:(\d+)/.exec(ready);
  return {
    addresses: {
      WS_URL: /ws:\/\/localhost:\S+/.exec(ready)[0].replace('localhost', '127.0.0.1'),
      HTTP_URL: `http://127.0.0.1:${port}`,
      BROADCAST_KEY: /Bearer (\w+)/.exec(ready)?.[1] ?? '',
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function readyMessage(child) {
  const written = [];
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      written.push(line);
      if (line.includes('Stop: Ctrl+C')) resolve(written.join('\n'));
    });
    child.once('exit', (code) =>
      reject(new Error(`The runtime ended with ${code}. Has npm ci been run in ${root}?`)),
    );
  });
}

/** Makes rooms for the scenarios, whose processes share nothing, and leaves them. */
export async function makeRooms(url, count) {
  const socket = new WebSocket(url, ['roomcast.v1'], { perMessageDeflate: false });
  await once(socket, 'open');
  const line = new Line(socket);
  const rooms = [];
  for (let made = 0; made < count; made += 1) rooms.push((await line.request('createRoom')).room);
  socket.close();
  return rooms;
}
