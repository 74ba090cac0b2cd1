import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import type { ConsoleData } from '../src/http/console';
import { TraceStore } from '../src/traces/store';
import { createXRay } from '../src/traces/xray';
import { startFront } from './support/http';

const versions = { traces: 1 };
const data: ConsoleData = {
  versions: () => versions,
  views: {
    metrics: () => [{ name: 'Sent' }],
    'traces/': (query, id) => (id === '1-a/b' ? { id, after: query.get('after') } : undefined),
  },
};

describe('the console', () => {
  it('serves its page and files under a policy that lets nothing else in, and no other files', async () => {
    const front = await startFront({ console: data });
    for (const [path, type] of [
      ['/_local/', 'text/html; charset=utf-8'],
      ['/_local/console/main.js', 'text/javascript; charset=utf-8'],
      ['/_local/console/base.css', 'text/css; charset=utf-8'],
    ] as const) {
      const { status, headers } = await fetch(front.url + path);
      expect([path, status, headers.get('content-type')]).toEqual([path, 200, type]);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    }
    for (const path of ['/_local/console/none.js', '/_local/console/..%2Fpackage.json', '/_local/console/']) {
      expect([path, (await fetch(front.url + path)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${front.url}/_local`, { redirect: 'manual' })).headers.get('location')).toBe(
      '/_local/',
    );
    await front.stop();
  });

  it('serves every file that its page names, and the page names every style sheet there is', async () => {
    const front = await startFront({ console: data });
    const page = await (await fetch(`${front.url}/_local/`)).text();
    const named = [...page.matchAll(/(?:href|src)="(\/_local\/console\/[^"]+)"/g)].map(([, path]) => path);
    for (const path of named) expect([path, (await fetch(front.url + path)).status]).toEqual([path, 200]);
    const sheets = readdirSync(join(__dirname, '..', 'console')).filter((name) => name.endsWith('.css'));
    expect(named.filter((path) => path?.endsWith('.css')).sort()).toEqual(
      sheets.map((name) => `/_local/console/${name}`).sort(),
    );
    await front.stop();
  });

  it('answers what a view is asked for', async () => {
    const front = await startFront({ console: data });
    const ask = async (path: string) => {
      const response = await fetch(`${front.url}/_local/${path}`);
      return [response.status, await response.json()];
    };
    expect(await ask('metrics')).toEqual([200, [{ name: 'Sent' }]]);
    expect(await ask('traces/1-a%2Fb?after=3')).toEqual([200, { id: '1-a/b', after: '3' }]);
    expect((await ask('traces/1-z'))[0]).toBe(404);
    expect((await ask('toString'))[0]).toBe(404);
    await front.stop();
  });

  it('tells in an event stream what has changed, until the runtime stops', async () => {
    let ready = true;
    const front = await startFront({ console: data, ready: () => ready });
    const told: string[] = [];
    await new Promise<void>((ended) => {
      get(`${front.url}/_local/stream`, (response) => {
        expect(response.headers['content-type']).toBe('text/event-stream');
        response.setEncoding('utf8').on('data', (text: string) => {
          told.push(text);
          if (told.length === 1) versions.traces = 2;
          else ready = false;
        });
        response.on('end', ended);
      });
    });
    expect(told).toEqual(['data: {"traces":1}\n\n', 'data: {"traces":2}\n\n']);
    await front.stop();
  });

  it('answers to pages of this machine only', async () => {
    const front = await startFront({ console: data });
    const { status } = await fetch(`${front.url}/_local/metrics`, {
      headers: { origin: 'https://example.com' },
    });
    expect(status).toBe(403);
    await front.stop();
  });
});

describe("X-Ray's REST API", () => {
  it('answers at its paths what is signed, and tells errors as the service does', async () => {
    const front = await startFront({ services: { xray: createXRay(new TraceStore()) } });
    const post = (body: string, headers: Record<string, string> = { authorization: 'AWS4-HMAC-SHA256' }) =>
      fetch(`${front.url}/Traces`, { method: 'POST', body, headers });
    expect(await (await post('{"TraceIds":["1-a"]}')).json()).toEqual({
      Traces: [],
      UnprocessedTraceIds: ['1-a'],
    });
    const refused = await post('{}');
    expect([refused.status, refused.headers.get('x-amzn-errortype')]).toEqual([
      400,
      'InvalidRequestException',
    ]);
    expect((await post('no JSON')).status).toBe(400);
    expect((await post('{}', {})).status).toBe(403);
    await front.stop();
  });
});
