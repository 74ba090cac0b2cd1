import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadTemplate } from 'sam-offline';
import { startTables } from '../../testbed/tables';
import { root } from '../../testbed/template';
import { requireSuccess } from '../function-cpu';
import { Fixtures } from '../function-cpu/fixtures';
import { createScenarios } from '../function-cpu/scenarios';
import { startServices } from '../function-cpu/services';

describe('the scenarios', () => {
  it('invokes every function in the template', () => {
    const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
    const scenarios = createScenarios({ url: 'https://issuer.example', sign: async () => '' });
    const invoked = scenarios.map(({ handler }) => `functions/${handler}.handler`);
    expect(new Set(invoked)).toEqual(new Set(functions.map(({ handler }) => handler)));
  });

  it('creates the events of every invocation', async () => {
    const tables = await startTables();
    try {
      const fixtures = new Fixtures(tables);
      for (const { name, prepare } of createScenarios({
        url: 'https://issuer.example',
        sign: async () => '',
      })) {
        const events = await prepare(fixtures, 2);
        expect([name, events.length]).toEqual([name, 2]);
      }
    } finally {
      await tables.stop();
    }
  });
});

describe('requireSuccess', () => {
  it('accepts the expected number of successful invocations', () => {
    expect(() => requireSuccess('Accepted\nAccepted', 'sendmessage', 'Accepted', 2)).not.toThrow();
  });

  it('rejects a run with a rejected invocation and shows the warning of the invocation', () => {
    const output = 'Accepted\n{"level":"WARN","problem":"rate-limited"}';
    expect(() => requireSuccess(output, 'sendmessage', 'Accepted', 2)).toThrow(
      /1 times instead of 2:\n.*rate-limited/,
    );
  });
});

describe('startServices', () => {
  let folder: string;
  let services: Awaited<ReturnType<typeof startServices>>;

  /** Responds to calls in pairs, so that both calls of a pair are open concurrently. */
  const waiting: ServerResponse[] = [];
  const dynamodb = createServer((_, response) => {
    waiting.push(response);
    if (waiting.length === 2) for (const each of waiting.splice(0)) each.end('item');
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bench-services-'));
    dynamodb.listen(0, '127.0.0.1');
    await once(dynamodb, 'listening');
    services = await startServices(folder, `http://127.0.0.1:${(dynamodb.address() as AddressInfo).port}`);
  });
  afterAll(() => {
    services.close();
    dynamodb.close();
    rmSync(folder, { recursive: true });
  });

  const call = (path: string, headers = {}, body = '') =>
    new Promise<string>((done, failed) => {
      const options = { method: 'POST', headers, rejectUnauthorized: false };
      request(`${services.url}${path}`, options, (response) => text(response).then(done, failed))
        .on('error', failed)
        .end(body);
    });

  it('records the frames that are posted to connections', async () => {
    await call('/production/@connections/a', {}, 'hello');
    expect(services.takeRecord()).toMatchObject({ frames: ['hello'] });
    expect(services.takeRecord()).toEqual({ frames: [], waits: 0 });
  });

  it('counts each of several sequential calls', async () => {
    const headers = { 'x-amz-target': 'AWSEvents.PutEvents' };
    expect(await call('/', headers)).toContain('FailedEntryCount');
    await call('/', headers);
    expect(services.takeRecord().waits).toBe(2);
  });

  it('forwards DynamoDB calls and counts parallel calls once', async () => {
    const read = () => call('/', { 'x-amz-target': 'DynamoDB_20120810.GetItem' });
    expect(await Promise.all([read(), read()])).toEqual(['item', 'item']);
    expect(services.takeRecord().waits).toBe(1);
  });
});
