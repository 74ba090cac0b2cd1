import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { tries } from '../verify-aws/tries';

/** A server that does everything otherwise: it speaks no subprotocol, hangs up at the first frame, and lets anyone in. */
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

it.each(tries)(
  'on a stack where it is otherwise, npm run verify:aws does not find that $name',
  async (attempt) => {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outputs = {
      WebSocketUrl: `ws://${host}/production`,
      BroadcastUrl: `http://${host}/broadcastmessage`,
      WebPageUrl: `http://${host}/`,
    };
    await expect(attempt.run({ outputs, client: {} })).rejects.toThrow();
  },
);
