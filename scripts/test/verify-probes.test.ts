import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { probes } from '../verify-aws/probes';

/** A server that fails every probe: it selects the wrong subprotocol, closes at the first frame, and allows all origins. */
const server = createServer((_, response) => {
  response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('{}');
});
new WebSocketServer({ server, handleProtocols: (protocols) => [...protocols].at(-1) ?? false }).on(
  'connection',
  (socket) => socket.once('message', () => socket.close(1000)),
);

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it.each(probes)('fails on a stack that violates it: $name', async (probe) => {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outputs = {
    WebSocketUrl: `ws://${host}/production`,
    BroadcastUrl: `http://${host}/broadcastmessage`,
    WebPageUrl: `http://${host}/`,
  };
  await expect(probe.run({ outputs, clientConfig: {} })).rejects.toThrow();
});
