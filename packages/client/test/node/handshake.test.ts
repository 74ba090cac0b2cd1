import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { type Client, connect } from '../../src/client';
import type { ProblemError } from '../../src/problem-error';

const nextProblem = (client: Client) =>
  new Promise<ProblemError>((resolve) => {
    client.on('problem', resolve);
  });

describe('connect', () => {
  it.each(['nonsense', '', '/production', 'https://example.org/production'])('rejects the URL %j', (url) => {
    expect(() => connect(url, { WebSocket })).toThrow(new TypeError(`Not a WebSocket URL: ${url}`));
  });

  it('reports the status of a rejected handshake', async () => {
    const server = createServer();
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { WebSocket });
    try {
      expect(await nextProblem(client)).toMatchObject({
        type: 'no-connection',
        message: 'Unexpected server response: 401',
      });
    } finally {
      client.close();
      server.close();
    }
  });

  it('reports why no token is available', async () => {
    const token = () => Promise.reject(new Error('signed out'));
    const client = connect('ws://127.0.0.1:9', { WebSocket, token });
    const problem = await nextProblem(client);
    client.close();
    expect(problem).toMatchObject({ type: 'no-connection', message: 'signed out' });
  });
});
