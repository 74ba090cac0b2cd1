import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import WebSocket from 'ws';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: app.handler, Timeout: 3 } }
`;

const CODE = `globalThis.answer = 42;
exports.handler = async (event, context) => context.getRemainingTimeInMillis();`;

/** Collects text until it matches the pattern, and returns the first group of the match. */
function waitFor(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((done) => {
    stream.on('data', (data) => {
      text += data;
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) done(found);
    });
  });
}

describe('--debug-port', () => {
  it('attaches a debugger to frozen execution environments, and extends timeouts', async () => {
    const { child, address, url, stop } = await startApplication(CODE);
    try {
      expect(await (await invoke(url)).json()).toBeGreaterThan(600_000);
      const answer = await attach(address, {
        method: 'Runtime.evaluate',
        params: { expression: 'globalThis.answer' },
      });
      await answer('"value":42');
      child.kill();
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      await stop();
    }
  });

  it('stops after a debugger has paused a function and disconnected', async () => {
    // The debugger can be enabled after the handler has started.
    const { child, address, url, stop } = await startApplication(`exports.handler = async () => {
      for (let pauses = 0; pauses < 20; pauses += 1) {
        debugger;
        await new Promise((next) => setTimeout(next, 50));
      }
    };`);
    try {
      const answer = await attach(address, { method: 'Debugger.enable' });
      const ended = invoke(url).catch(() => undefined);
      const socket = await answer('Debugger.paused');
      socket.terminate();
      await once(socket, 'close');
      child.kill();
      expect(await once(child, 'exit')).toEqual([0, null]);
      await ended;
    } finally {
      await stop();
    }
  });
});

async function startApplication(code: string) {
  const folder = mkdtempSync(join(tmpdir(), 'debug-port-'));
  writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
  writeFileSync(join(folder, 'app.js'), code);
  const command = resolve(__dirname, '../bin/sam-offline.js');
  const args = [command, '--port', '0', '--debug-port', '0', '--template', join(folder, 'template.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [address, url] = await Promise.all([
    waitFor(child.stderr, /Debugger listening on (ws:\S+)/),
    waitFor(child.stdout, /Ready on (http:\S+)\n/),
  ]);
  const stop = async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  };
  return { child, address, url, stop };
}

/** Sends a command to each existing and new worker thread. Returns a function that waits for a message from a thread. */
async function attach(address: string, command: { method: string; params?: object }) {
  const socket = new WebSocket(address);
  const messages: string[] = [];
  socket.on('message', (data) => {
    const { method, params } = JSON.parse(String(data));
    if (method === 'NodeWorker.receivedMessageFromWorker') messages.push(params.message);
    if (method !== 'NodeWorker.attachedToWorker') return;
    const message = JSON.stringify({ id: 2, ...command });
    const call = {
      id: 3,
      method: 'NodeWorker.sendMessageToWorker',
      params: { sessionId: params.sessionId, message },
    };
    socket.send(JSON.stringify(call));
  });
  await once(socket, 'open');
  socket.send(
    JSON.stringify({ id: 1, method: 'NodeWorker.enable', params: { waitForDebuggerOnStart: false } }),
  );
  return async (text: string) => {
    while (!messages.some((message) => message.includes(text))) await once(socket, 'message');
    return socket;
  };
}

async function invoke(url: string): Promise<Response> {
  const path = `/2015-03-31/functions/${await readFunctionName(url)}/invocations`;
  return fetch(url + path, { method: 'POST', headers: { authorization: 'x' } });
}

async function readFunctionName(url: string): Promise<string> {
  const app = (await (await fetch(`${url}/_local/app`)).json()) as { functions: { name: string }[] };
  return app.functions[0]?.name ?? '';
}
