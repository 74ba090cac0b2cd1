import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Probe, probes } from '../verify-aws/probes';

/**
 * A server that fails each probe. It selects the wrong subprotocol, closes the connection at the first frame, and allows all
 * origins.
 */
const server = createServer((_, response) => {
  response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('{}');
});
let onFrame: (socket: WebSocket) => void;
new WebSocketServer({ server, handleProtocols: (protocols) => [...protocols].at(-1) ?? false }).on(
  'connection',
  (socket) => socket.once('message', () => onFrame(socket)),
);

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  onFrame = (socket) => socket.close(1000);
});

const run = (probe: Probe) => {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outputs = {
    WebSocketUrl: `ws://${host}/production`,
    BroadcastUrl: `http://${host}/broadcastmessage`,
    WebPageUrl: `http://${host}/`,
  };
  return probe.run({ outputs, clientConfig: {} });
};

it.each(probes)('fails for a server that violates the probe: $name', async (probe) => {
  await expect(run(probe)).rejects.toThrow();
});

it.each(probes.filter(({ name }) => name.includes('closes the connection')))(
  'fails for a server that replies to the frame: $name',
  async (probe) => {
    onFrame = (socket) => {
      socket.send('Use the sendmessage route to send a message. Your info: {}');
      socket.close(Number(/\d+$/.exec(probe.name)?.[0]));
    };
    await expect(run(probe)).rejects.toThrow('the connection stays open');
  },
);
