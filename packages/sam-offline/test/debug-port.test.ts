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

/** Collects text until it matches, and returns the first group of the match. */
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
    const folder = mkdtempSync(join(tmpdir(), 'debug-port-'));
    writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
    writeFileSync(join(folder, 'app.js'), CODE);
    const command = resolve(__dirname, '../bin/sam-offline.js');
    const args = [command, '--port', '0', '--debug-port', '0', '--template', join(folder, 'template.yaml')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      const [address, url] = await Promise.all([
        waitFor(child.stderr, /Debugger listening on (ws:\S+)/),
        waitFor(child.stdout, /Ready on (http:\S+)\n/),
      ]);
      const invoked = await fetch(`${url}/2015-03-31/functions/${await readFunctionName(url)}/invocations`, {
        method: 'POST',
        headers: { authorization: 'x' },
      });
      expect(await invoked.json()).toBeGreaterThan(600_000);

      const socket = new WebSocket(address);
      const values: unknown[] = [];
      const evaluate = { id: 2, method: 'Runtime.evaluate', params: { expression: 'globalThis.answer' } };
      const answered = new Promise<void>((done) => {
        socket.on('message', (data) => {
          const { method, params } = JSON.parse(String(data));
          if (method === 'NodeWorker.attachedToWorker') {
            const message = JSON.stringify(evaluate);
            const call = { id: 3, method: 'NodeWorker.sendMessageToWorker' };
            socket.send(JSON.stringify({ ...call, params: { sessionId: params.sessionId, message } }));
          } else if (method === 'NodeWorker.receivedMessageFromWorker') {
            values.push(JSON.parse(params.message).result?.result?.value);
            if (values.includes(42)) done();
          }
        });
      });
      await once(socket, 'open');
      const params = { waitForDebuggerOnStart: false };
      socket.send(JSON.stringify({ id: 1, method: 'NodeWorker.enable', params }));
      await answered;
      expect(values).toContain(42);
      socket.terminate();
    } finally {
      child.kill();
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    }
  });
});

async function readFunctionName(url: string): Promise<string> {
  const app = (await (await fetch(`${url}/_local/app`)).json()) as { functions: { name: string }[] };
  return app.functions[0]?.name ?? '';
}
