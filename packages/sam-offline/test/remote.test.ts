import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Runtime, startRuntime } from '../src/app/runtime';
import type { RemoteArguments } from '../src/cli/command-line';
import { runRemote } from '../src/cli/remote';
import { UsageError } from '../src/core/service';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: app.echo } }
  Queue: { Type: AWS::SQS::Queue }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: orders } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [shop] }
      Targets: [{ Id: queue, Arn: !GetAtt Queue.Arn }]
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineType: EXPRESS
      RoleArn: arn:aws:iam::123456789012:role/flow
      Definition:
        QueryLanguage: JSONata
        StartAt: Choose
        States:
          Choose:
            Type: Choice
            Choices: [{ Condition: '{% $states.input.fail = true %}', Next: Fail }]
            Default: Answer
          Answer: { Type: Succeed, Output: { answer: 42 } }
          Fail: { Type: Fail, Error: Broken, Cause: because }
`;

const CODE = `exports.echo = async (event) => { if (event.fail) throw new Error('failed'); return { event }; };`;

let folder: string;
let runtime: Runtime;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remote-'));
  writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
  writeFileSync(join(folder, 'app.js'), CODE);
  writeFileSync(join(folder, 'event.json'), '{"a":1}');
  runtime = await startRuntime({ template: join(folder, 'template.yaml'), port: 0 });
});

afterAll(async () => {
  await runtime.close();
  rmSync(folder, { recursive: true });
});

type Given = Partial<RemoteArguments>;

const run = (command: RemoteArguments['command'], target: string, more: Given = {}) =>
  runRemote({ command, target, template: 'none', port: runtime.port, ...more }, () => '{"from":"stdin"}');

const messages = async () =>
  ((await (await fetch(`http://127.0.0.1:${runtime.port}/_local/queues`)).json()) as object[])[0];

describe('invoke', () => {
  it('accepts an event in a file', async () => {
    const { output } = await run('invoke', 'Echo', { eventFile: join(folder, 'event.json') });
    expect(JSON.parse(output)).toEqual({ event: { a: 1 } });
  });

  it.each<[string, Given, unknown]>([
    ['an event on the command line', { body: '{"b":2}' }, { b: 2 }],
    ['an event from standard input', { eventFile: '-' }, { from: 'stdin' }],
    ['an empty event by default', {}, {}],
  ])('accepts %s', async (_what, given, event) => {
    const { output, succeeded } = await run('invoke', 'Echo', given);
    expect([JSON.parse(output), succeeded]).toEqual([{ event }, true]);
  });

  it('fails with the error of the function', async () => {
    const { output, succeeded } = await run('invoke', 'Echo', { body: '{"fail":true}' });
    expect(succeeded).toBe(false);
    expect(JSON.parse(output)).toMatchObject({ errorType: 'Error', errorMessage: 'failed' });
  });

  it.each<[string, string, Given, string]>([
    ['an unknown function', 'Ecco', {}, 'no function Ecco. Did you mean Echo? It has: Echo.'],
    ['text that is not JSON', 'Echo', { body: '{' }, 'The event is not JSON'],
    ['a missing file', 'Echo', { eventFile: '/nowhere' }, '--event /nowhere cannot be read'],
    ['a port without an application', 'Echo', { port: 1 }, 'No application runs on port 1.'],
    ['no running application', 'Echo', { port: undefined }, 'No application runs with the template none.'],
  ])('rejects %s', async (_what, target, given, message) => {
    const failure = await run('invoke', target, given).catch((error) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure.message).toContain(message);
  });
});

describe('send', () => {
  it('sends a message to a queue', async () => {
    const { output } = await run('send', 'Queue', { body: 'hello' });
    expect(JSON.parse(output)).toMatchObject({ MessageId: expect.any(String) });
    expect(JSON.stringify(await messages())).toContain('hello');
  });

  it('publishes an event that a rule delivers', async () => {
    const body = '{"source":"shop","detail-type":"Placed","detail":{"id":"order-7"}}';
    const { output, succeeded } = await run('send', 'orders', { body });
    expect([JSON.parse(output).FailedEntryCount, succeeded]).toEqual([0, true]);
    while (!JSON.stringify(await messages()).includes('order-7'))
      await new Promise((next) => setTimeout(next, 10));
  });

  it.each<[string, string, Given, string]>([
    ['an event without a source', 'default', { body: '{}' }, 'send requires an event with source'],
    ['a missing message', 'Queue', {}, 'send requires a message'],
    ['an unknown target', 'Quoue', {}, 'no queue or event bus Quoue. Did you mean Queue?'],
  ])('rejects %s', async (_what, target, given, message) => {
    await expect(run('send', target, given)).rejects.toThrow(message);
  });
});

describe('exec', () => {
  it('prints the output of a state machine', async () => {
    const { output, succeeded } = await run('exec', 'Flow');
    expect([JSON.parse(output), succeeded]).toEqual([{ answer: 42 }, true]);
  });

  it('fails with the error of the execution', async () => {
    const { output, succeeded } = await run('exec', 'Flow', { body: '{"fail":true}' });
    expect(succeeded).toBe(false);
    expect(JSON.parse(output)).toEqual({ status: 'FAILED', error: 'Broken', cause: 'because' });
  });

  it('fails if the application no longer has the execution', async () => {
    const replies: Record<string, object> = {
      '/_local/health': {},
      '/_local/app': { functions: [], queues: [], eventBuses: [], stateMachines: [{ logicalId: 'Flow' }] },
      '/': { executionArn: 'arn:execution' },
    };
    const server = createServer((request, response) => {
      const reply = replies[request.url ?? ''];
      response.writeHead(reply ? 200 : 404).end(JSON.stringify(reply ?? { message: 'Not found' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(run('exec', 'Flow', { port })).rejects.toThrow(
      'The application no longer has the execution arn:execution.',
    );
    server.closeAllConnections();
    server.close();
  });
});
