import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Runtime, startRuntime } from '../src/app/runtime';
import type { Fault } from '../src/faults/faults';
import { createOpener, fn } from './support/lambda';

/** Lambda freezes an environment between invocations: docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
describe('a frozen execution environment', () => {
  const open = createOpener();

  it('runs its timers only during the next invocation', async () => {
    const logLater = fn('logLater', 'basics.logLater');
    const { invoke, entries } = await open([logLater], { maxThreadsPerFunction: 1 });
    const late = () => entries.filter(({ line }) => line === 'late');
    await invoke('logLater', { millis: 10 });
    await sleep(100);
    expect(late()).toEqual([]);
    await invoke('logLater', { millis: 600_000 });
    await invoke('logLater', { millis: 600_000 });
    expect(late()).toHaveLength(1);
    const requests = entries.filter(({ line }) => line.startsWith('START')).map(({ requestId }) => requestId);
    expect(requests.slice(1)).toContain(late()[0]?.requestId);
  });

  it('ends when Lambda closes', async () => {
    const { invoke, lambda } = await open([fn('echo', 'basics.echo')]);
    await invoke('echo');
    await lambda.close();
  });
});

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Caller:
    Type: AWS::Serverless::Function
    Properties: { Runtime: nodejs24.x, Handler: caller.handler, CodeUri: . }
`;

/** The status of a request without a signature. */
const UNSIGNED = 403;

/** Sends a request through a keep-alive connection. Returns the status or the error code. */
const CALLER = `
import { Agent, get } from 'node:http';
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
export const handler = () => new Promise((resolve) => {
  get('http://lambda.us-east-1.amazonaws.com/2015-03-31/functions', { agent }, (response) =>
    response.resume().on('end', () => resolve(response.statusCode)),
  ).on('error', ({ code }) => resolve(code));
});
`;

describe('the fault frozen-sockets', () => {
  let folder: string;
  let runtime: Runtime;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'freeze-'));
    writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
    writeFileSync(join(folder, 'caller.ts'), CALLER);
    runtime = await startRuntime({ template: join(folder, 'template.yaml'), port: 0 });
  });
  afterEach(() => runtime.faults.clear());
  afterAll(async () => {
    await runtime.close();
    rmSync(folder, { recursive: true });
  });

  const invoke = async () => {
    const path = `/2015-03-31/functions/${runtime.app.functions[0]?.name}/invocations`;
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/' };
    return (await fetch(`http://127.0.0.1:${runtime.port}${path}`, { method: 'POST', headers })).json();
  };
  const countResets = async () => {
    const response = await fetch(`http://127.0.0.1:${runtime.port}/_local/occurrences`);
    const counts = (await response.json()) as Record<string, number>;
    return counts['lambda.FrozenSocketReset'] ?? 0;
  };
  const addFault = (more: Partial<Fault> = {}) =>
    runtime.faults.add({ service: 'lambda', kind: 'frozen-sockets', ...more });

  it('resets the first request on a connection that was opened before the freeze', async () => {
    addFault();
    await invoke();
    const before = await countResets();
    expect(await invoke()).toBe('ECONNRESET');
    expect(await countResets()).toBe(before + 1);
    expect(await invoke()).toBe(UNSIGNED);
  });

  it.each([
    ['of other functions', { match: 'Other' }],
    ['that are idle for less than medianMs', { medianMs: 600_000 }],
  ])('keeps connections %s', async (_what, more) => {
    addFault(more);
    await invoke();
    const before = await countResets();
    expect([await invoke(), await invoke()]).toEqual([UNSIGNED, UNSIGNED]);
    expect(await countResets()).toBe(before);
  });
});
