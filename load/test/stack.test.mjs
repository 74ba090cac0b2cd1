import assert from 'node:assert/strict';
import { once } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import { findNodeForArtillery } from '../lib/node.mjs';
import { createRooms, openStack } from '../lib/stack.mjs';

describe('openStack', () => {
  beforeEach(() => {
    for (const name of ['WS_URL', 'HTTP_URL', 'BROADCAST_KEY']) delete process.env[name];
  });

  it('returns the stack that WS_URL specifies', async () => {
    process.env.WS_URL = 'wss://chat.example.com/production';
    process.env.BROADCAST_KEY = 'key';
    const { environment, stop } = await openStack();
    assert.deepEqual(environment, {
      WS_URL: 'wss://chat.example.com/production',
      HTTP_URL: '',
      BROADCAST_KEY: 'key',
    });
    await stop();
  });

  it('starts a local runtime if WS_URL is not set', async () => {
    const { environment, stop } = await openStack();
    try {
      assert.equal((await createRooms(environment.WS_URL, 1)).length, 1);
      const response = await fetch(`${environment.HTTP_URL}/broadcastmessage`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${environment.BROADCAST_KEY}`, 'Content-Type': 'application/json' },
        body: '{"message":"hello"}',
      });
      assert.equal(response.status, 202);
    } finally {
      await stop();
    }
    await assert.rejects(fetch(environment.HTTP_URL));
  });
});

it('creates the requested number of rooms and disconnects', async (test) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  test.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, 'listening');
  /** @type {string[]} */
  const received = [];
  /** @type {Promise<unknown> | undefined} */
  let closed;
  server.on('connection', (socket) => {
    closed = once(socket, 'close');
    received.push(socket.protocol);
    socket.on('message', (data) => {
      const { action, id } = JSON.parse(String(data));
      received.push(action);
      socket.send(JSON.stringify({ type: 'created', id, room: `48392011${received.length}` }));
    });
  });
  const rooms = await createRooms(`ws://127.0.0.1:${portOf(server)}`, 3);
  assert.deepEqual(rooms, ['483920112', '483920113', '483920114']);
  assert.deepEqual(received, ['roomcast.v1', 'createRoom', 'createRoom', 'createRoom']);
  await closed;
});

describe('findNodeForArtillery', () => {
  for (const version of ['22.18.0', '22.19.1', '24.0.0']) {
    it(`returns this Node.js for ${version}`, () =>
      assert.equal(findNodeForArtillery(version), process.execPath));
  }
  for (const version of ['20.19.0', '22.17.9']) {
    it(`returns the bundled Node.js for ${version}, or throws an error with the required version`, () => {
      try {
        assert.match(findNodeForArtillery(version), /node_modules\/node-[\w-]+\/bin\/node$/);
      } catch (error) {
        assert.match(String(error), new RegExp(`requires Node.js 22.18 or newer. This is ${version}`));
      }
    });
  }
});

/**
 * @param {WebSocketServer} server
 * @returns {number}
 */
function portOf(server) {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
