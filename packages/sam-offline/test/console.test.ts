import { readdirSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import type { ConsoleData } from '../src/console/data';
import { TraceStore } from '../src/traces/store';
import { createXRay } from '../src/traces/xray';
import { startServer } from './support/server';

const versions = { traces: 1 };
const data: ConsoleData = {
  versions: () => versions,
  views: {
    metrics: () => [{ name: 'Sent' }],
    'traces/': (query, id) => (id === '1-a/b' ? { id, after: query.get('after') } : undefined),
  },
};

describe('the console', () => {
  it('serves its page and files with a strict security policy, and no other files', async () => {
    const server = await startServer({ console: { data } });
    for (const [path, type] of [
      ['/_local/', 'text/html; charset=utf-8'],
      ['/_local/console/main.js', 'text/javascript; charset=utf-8'],
      ['/_local/console/base.css', 'text/css; charset=utf-8'],
    ] as const) {
      const { status, headers } = await fetch(server.url + path);
      expect([path, status, headers.get('content-type')]).toEqual([path, 200, type]);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    }
    for (const path of ['/_local/console/none.js', '/_local/console/..%2Fpackage.json', '/_local/console/']) {
      expect([path, (await fetch(server.url + path)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${server.url}/_local`, { redirect: 'manual' })).headers.get('location')).toBe(
      '/_local/',
    );
    await server.stop();
  });

  it('serves every file that its page links, and links every style sheet', async () => {
    const server = await startServer({ console: { data } });
    const page = await (await fetch(`${server.url}/_local/`)).text();
    const links = [...page.matchAll(/(?:href|src)="(\/_local\/console\/[^"]+)"/g)].map(([, path]) => path);
    for (const path of links) expect([path, (await fetch(server.url + path)).status]).toEqual([path, 200]);
    const sheets = readdirSync(join(__dirname, '..', 'console')).filter(
      (name) => name.endsWith('.css') && name !== 'start.css', // used only by the start page
    );
    expect(links.filter((path) => path?.endsWith('.css')).sort()).toEqual(
      sheets.map((name) => `/_local/console/${name}`).sort(),
    );
    await server.stop();
  });

  it('serves the data of its views', async () => {
    const server = await startServer({ console: { data } });
    const get = async (path: string) => {
      const response = await fetch(`${server.url}/_local/${path}`);
      return [response.status, await response.json()];
    };
    expect(await get('metrics')).toEqual([200, [{ name: 'Sent' }]]);
    expect(await get('traces/1-a%2Fb?after=3')).toEqual([200, { id: '1-a/b', after: '3' }]);
    expect((await get('traces/1-z'))[0]).toBe(404);
    expect((await get('toString'))[0]).toBe(404);
    await server.stop();
  });

  it('streams changes until the runtime stops', async () => {
    let ready = true;
    const server = await startServer({ console: { data }, ready: () => ready });
    const events: string[] = [];
    await new Promise<void>((ended) => {
      httpGet(`${server.url}/_local/stream`, (response) => {
        expect(response.headers['content-type']).toBe('text/event-stream');
        response.setEncoding('utf8').on('data', (text: string) => {
          events.push(text);
          if (events.length === 1) versions.traces = 2;
          else ready = false;
        });
        response.on('end', ended);
      });
    });
    expect(events).toEqual(['data: {"traces":1}\n\n', 'data: {"traces":2}\n\n']);
    await server.stop();
  });

  it('rejects requests from web pages of other hosts', async () => {
    const server = await startServer({ console: { data } });
    const { status } = await fetch(`${server.url}/_local/metrics`, {
      headers: { origin: 'https://example.com' },
    });
    expect(status).toBe(403);
    await server.stop();
  });
});

describe("X-Ray's REST API", () => {
  it('handles signed requests and returns errors of the service', async () => {
    const server = await startServer({ services: { xray: createXRay(new TraceStore()) } });
    const post = (body: string, headers: Record<string, string> = { authorization: 'AWS4-HMAC-SHA256' }) =>
      fetch(`${server.url}/Traces`, { method: 'POST', body, headers });
    expect(await (await post('{"TraceIds":["1-a"]}')).json()).toEqual({
      Traces: [],
      UnprocessedTraceIds: ['1-a'],
    });
    const error = await post('{}');
    expect([error.status, error.headers.get('x-amzn-errortype')]).toEqual([400, 'InvalidRequestException']);
    expect((await post('not JSON')).status).toBe(400);
    expect((await post('{}', {})).status).toBe(403);
    await server.stop();
  });
});
