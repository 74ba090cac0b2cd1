/** @import { Readable } from 'node:stream' */
/** @import { ChildProcessByStdio } from 'node:child_process' */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Connection } from '../processor/connection.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Returns the stack that WS_URL, HTTP_URL and BROADCAST_KEY specify. If WS_URL is not set, starts a local runtime.
 *
 * `environment` contains these three variables for the scenarios. `stop` stops the local runtime if one was started.
 */
export async function openStack() {
  const { WS_URL, HTTP_URL = '', BROADCAST_KEY = '' } = process.env;
  if (WS_URL) return { environment: { WS_URL, HTTP_URL, BROADCAST_KEY }, stop: async () => {} };
  const child = spawn(process.execPath, ['packages/sam-offline/bin/sam-offline.js', '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'], // stderr contains the functions' logs
  });
  const output = await readReadyOutput(child);
  const port = /Ready on http:\/\/localhost:(\d+)/.exec(output)?.[1] ?? '';
  const wsUrl = /ws:\/\/localhost:\S+/.exec(output)?.[0] ?? '';
  return {
    environment: {
      WS_URL: wsUrl.replace('localhost', '127.0.0.1'),
      HTTP_URL: `http://127.0.0.1:${port}`,
      BROADCAST_KEY: /Bearer (\w+)/.exec(output)?.[1] ?? '',
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/**
 * @param {ChildProcessByStdio<null, Readable, null>} child
 * @returns {Promise<string>} the output of the runtime until it is ready
 */
async function readReadyOutput(child) {
  /** @type {string[]} */
  const written = [];
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      written.push(line);
      if (line.includes('Stop: Ctrl+C')) resolve(written.join('\n'));
    });
    child.once('exit', (code) =>
      reject(new Error(`The local runtime exited with ${code}. Run npm ci in ${root} first.`)),
    );
  });
}

/**
 * Creates rooms for a scenario and disconnects. The processes of a scenario share no state, so they cannot create shared rooms.
 *
 * @param {string} url
 * @param {number} count
 */
export async function createRooms(url, count) {
  const socket = new WebSocket(url, ['roomcast.v1'], { perMessageDeflate: false });
  await once(socket, 'open');
  const connection = new Connection(socket);
  const rooms = [];
  while (rooms.length < count) rooms.push((await connection.request('createRoom')).room);
  socket.close();
  return rooms;
}
