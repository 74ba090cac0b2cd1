import assert from 'node:assert/strict';
import { once } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import { nodeForArtillery } from '../lib/node.mjs';
import { makeRooms, stackUnderLoad } from '../lib/stack.mjs';

describe('the stack under load', () => {
  beforeEach(() => {
    for (const name of ['WS_URL', 'HTTP_URL', 'BROADCAST_KEY']) delete process.env[name];
  });

  it('is the one that WS_URL names, which is left alone', async () => {
    process.env.WS_URL = 'wss://chat.example.com/production';
    process.env.BROADCAST_KEY = 'key';
    const { addresses, stop } = await stackUnderLoad();
    assert.deepEqual(addresses, {
      WS_URL: 'wss://chat.example.com/production',
      HTTP_URL: '',
      BROADCAST_KEY: 'key',
    });
    await stop();
  });

  it('is else a runtime of its own, whose addresses and key are those it prints', async () => {
    const { addresses, stop } = await stackUnderLoad();
    try {
      assert.equal((await makeRooms(addresses.WS_URL, 1)).length, 1);
      const response = await fetch(`${addresses.HTTP_URL}/broadcastmessage`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${addresses.BROADCAST_KEY}`, 'Content-Type': 'application/json' },
        body: '{"message":"hello"}',
      });
      assert.equal(response.status, 202);
    } finally {
      await stop();
    }
    await assert.rejects(fetch(addresses.HTTP_URL));
  });
});

it('rooms are made in roomcast.v1, as many as are asked for, and left', async (test) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  test.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, 'listening');
  const asked = [];
  let left;
  server.on('connection', (socket) => {
    left = once(socket, 'close');
    asked.push(socket.protocol);
    socket.on('message', (data) => {
      const { action, id } = JSON.parse(String(data));
      asked.push(action);
      socket.send(JSON.stringify({ type: 'created', id, room: `48392011${asked.length}` }));
    });
  });
  const rooms = await makeRooms(`ws://127.0.0.1:${server.address().port}`, 3);
  assert.deepEqual(rooms, ['483920112', '483920113', '483920114']);
  assert.deepEqual(asked, ['roomcast.v1', 'createRoom', 'createRoom', 'createRoom']);
  await left;
});

describe('artillery runs on', () => {
  for (const version of ['22.18.0', '22.19.1', '24.0.0']) {
    it(`this Node.js, if it is ${version}`, () => assert.equal(nodeForArtillery(version), process.execPath));
  }
  for (const version of ['20.19.0', '22.17.9']) {
    it(`another one beside ${version}, or says which it needs`, () => {
      try {
        assert.match(nodeForArtillery(version), /node_modules\/node-[\w-]+\/bin\/node$/);
      } catch (error) {
        assert.match(error.message, new RegExp(`needs Node.js 22.18 or newer; this is ${version}`));
      }
    });
  }
});
