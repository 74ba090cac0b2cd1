import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiRequests } from '../src/app/api-requests';

describe('apigateway:invoke', () => {
  let server: Server;
  let paths: (string | undefined)[];
  beforeEach(async () => {
    paths = [];
    server = createServer((request, response) => {
      paths.push(request.url);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const invoke = (Path: string, more: object = {}) => {
    const input = { ApiEndpoint: 'a1b2.execute-api.eu-west-1.amazonaws.com', Method: 'GET', Path, ...more };
    return createApiRequests(() => (server.address() as AddressInfo).port).call('Invoke', input, {});
  };

  it('sends a request to the API', async () => {
    await invoke('/rooms/../users', { Stage: 'dev', QueryParameters: { q: ['1', '2'] } });
    await invoke('');
    expect(paths).toEqual(['/_apis/a1b2/dev/users?q=1&q=2', '/_apis/a1b2']);
  });

  it.each([
    ['/../other', {}],
    ['/%2e%2e/%2E%2E/_local/health', {}],
    ['/../prod/rooms', { Stage: 'dev' }],
    ['2/rooms', {}],
  ])('rejects the path %s because it is outside the API', async (path, more) => {
    await expect(invoke(path, more)).rejects.toMatchObject({ code: 'ValidationException' });
    expect(paths).toEqual([]);
  });
});
