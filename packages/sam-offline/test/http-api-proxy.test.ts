// biome-ignore-all lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { httpApi, route, send, startHttpApis } from './support/http-api';
import { mapped } from './support/websocket-api';

interface Received {
  method?: string;
  url?: string;
  headers: IncomingHttpHeaders;
  body: string;
}

// docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
describe('HTTP_PROXY integrations of HTTP APIs', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function start(path: string, method = 'ANY') {
    const received: Received[] = [];
    const reply = {
      status: 201,
      headers: { 'x-kind': 'backend', 'set-cookie': ['a=1', 'b=2'] } as OutgoingHttpHeaders,
      body: 'created' as string | Buffer,
    };
    const respondWith = (headers: OutgoingHttpHeaders, body: string | Buffer, status = 200) =>
      Object.assign(reply, { headers, body, status });
    const backend = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      received.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(reply.status, reply.headers);
      response.end(reply.body);
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    closers.push(() => backend.close());
    const origin = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
    const integration = mapped({ type: 'HTTP_PROXY', method, uri: `${origin}${path}`, timeoutMillis: 5_000 });
    const api = httpApi([], {
      routes: [route('ANY /rooms/{proxy+}', { integration })],
      stageVariables: { version: 'v2' },
    });
    const { port, stop, logged } = await startHttpApis({ apis: [api] });
    closers.push(stop);
    return { received, respondWith, logged, backend, port, url: `http://127.0.0.1:${port}/rooms/a/b` };
  }

  it('forwards the request and returns the response', async () => {
    const { url, received } = await start('/${stageVariables.version}/{proxy}');
    const response = await fetch(`${url}?q=1&q=2`, { method: 'PUT', body: 'text', headers: { 'x-a': 'b' } });
    expect([response.status, response.headers.get('x-kind'), await response.text()]).toEqual([
      201,
      'backend',
      'created',
    ]);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(received).toMatchObject([
      { method: 'PUT', url: '/v2/a/b?q=1&q=2', headers: { 'x-a': 'b' }, body: 'text' },
    ]);
  });

  it('forwards cookies, and the content encoding of the body', async () => {
    const { url, received } = await start('/{proxy}');
    const headers = { cookie: 'a=1; b=2', 'content-encoding': 'br' };
    await fetch(url, { method: 'POST', body: 'compressed', headers });
    expect(received).toMatchObject([{ headers, body: 'compressed' }]);
  });

  it('encodes the values of path parameters', async () => {
    const { url, received } = await start('/v1/{proxy}');
    await fetch(`${url}/c%20d%3Fe%23f%25/g:h?q=1`);
    expect(received).toMatchObject([{ url: '/v1/a/b/c%20d%3Fe%23f%25/g:h?q=1' }]);
  });

  it('uses the method and the query of the integration', async () => {
    const { url, received } = await start('/fixed?p=0', 'POST');
    await fetch(`${url}?q=1`);
    expect(received).toMatchObject([{ method: 'POST', url: '/fixed?p=0&q=1', body: '' }]);
  });

  it('forwards the body of a GET request, and returns compressed responses unchanged', async () => {
    const { port, received, respondWith } = await start('/{proxy}');
    const body = gzipSync('hello');
    respondWith({ 'content-encoding': 'gzip', 'content-type': 'text/plain', 'x-two': ['a', 'b'] }, body);
    const response = await send(
      port,
      'GET',
      '/rooms/a',
      { host: 'localhost', 'content-length': '5' },
      'query',
    );
    expect(received).toMatchObject([{ method: 'GET', body: 'query', headers: { 'content-length': '5' } }]);
    expect(response.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-two': 'a,b' });
    expect(response.headers['content-length']).toBe(String(body.length));
  });

  it('does not follow redirects', async () => {
    const { url, respondWith } = await start('/');
    respondWith({ location: '/elsewhere' }, '', 302);
    const response = await fetch(url, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/elsewhere']);
  });

  it('returns 503 if the server does not answer', async () => {
    const { url, backend, logged } = await start('/');
    await new Promise((resolve) => backend.close(resolve));
    expect((await fetch(url)).status).toBe(503);
    expect(logged).toMatchObject([{ failed: 'integration', reason: expect.stringContaining('No response') }]);
  });
});
