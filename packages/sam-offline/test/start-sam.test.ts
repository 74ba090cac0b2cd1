import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../src/core/service';
import { type SamApp, startSam } from '../src/start-sam';
import { fromItem, toItem } from '../src/start-sam/attribute-values';
import { parseDuration } from '../src/start-sam/duration';
import { WaitList } from '../src/start-sam/wait-list';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Parameters: { Greeting: { Type: String } }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: app.handler
      Environment: { Variables: { GREETING: !Ref Greeting } }
      Events: { Get: { Type: HttpApi, Properties: { Path: /greeting, Method: GET } } }
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: dev
      RouteSelectionExpression: $request.body.action
      Routes: { $default: { FunctionArn: !GetAtt Fn.Arn } }
  Queue: { Type: AWS::SQS::Queue }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: shop } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [flow] }
      Targets: [{ Id: flow, Arn: !GetAtt Flow.Arn, RoleArn: 'arn:aws:iam::123456789012:role/flow' }]
  Table: { Type: AWS::Serverless::SimpleTable }
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::123456789012:role/flow
      Definition:
        QueryLanguage: JSONata
        StartAt: Wait
        States:
          Wait: { Type: Wait, Seconds: 3600, Next: Publish }
          Publish:
            Type: Task
            Resource: arn:aws:states:::events:putEvents
            Arguments: { Entries: [{ Source: waited, DetailType: Done, Detail: { ok: true }, EventBusName: !Ref Bus }] }
            End: true
Outputs: { Url: { Value: !Sub 'https://\${ServerlessHttpApi}.execute-api.\${AWS::Region}.amazonaws.com' } }
`;

const CODE = `exports.handler = async (event) => {
  if (event.fail) throw new TypeError('failed');
  console.log('called');
  return event.now ? Date.now() : process.env.GREETING;
};`;

let folder: string;
let app: SamApp;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'start-sam-'));
  writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
  writeFileSync(join(folder, 'app.js'), CODE);
  app = await startSam({ template: join(folder, 'template.yaml'), parameters: { Greeting: 'hello' } });
});

afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

describe('startSam', () => {
  it('invokes functions and HTTP APIs, and collects logs', async () => {
    expect(await app.invoke('Fn')).toBe('hello');
    expect(await (await app.fetch('/greeting')).text()).toBe('hello');
    expect(app.outputs).toEqual({ Url: app.url });
    expect(app.logs()).toEqual([
      expect.stringMatching(/^Fn: .*called/),
      expect.stringMatching(/^Fn: .*called/),
    ]);
  });

  it('writes warnings to standard error, such as missing packages', async () => {
    const code = join(folder, 'missing');
    mkdirSync(code);
    writeFileSync(join(code, 'template.yaml'), TEMPLATE);
    writeFileSync(join(code, 'app.js'), "require('@aws-sdk/client-nobody');");
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const options = { template: join(code, 'template.yaml'), parameters: { Greeting: '' } };
    await startSam(options).then((other) => other.stop());
    const text = write.mock.calls.join('\n');
    const onNotice = jest.fn();
    write.mockClear();
    await startSam({ ...options, onNotice }).then((other) => other.stop());
    const after = [...write.mock.calls];
    write.mockRestore();
    expect(text).toContain('Run npm install --save-dev @aws-sdk/client-nobody');
    expect(onNotice).toHaveBeenCalledWith({ message: expect.stringContaining('@aws-sdk/client-nobody') });
    expect(after).toEqual([]);
  });

  it('throws the error of a function', async () => {
    await expect(app.invoke('Fn', { fail: true })).rejects.toMatchObject({
      name: 'TypeError',
      message: 'failed',
    });
  });

  it('reads and writes tables', async () => {
    const table = app.table<{ id: string; size?: number }>('Table');
    await table.put({ id: 'a', size: 1 });
    await table.put({ id: 'b' });
    expect(await table.get({ id: 'a' })).toEqual({ id: 'a', size: 1 });
    expect(await table.get({ id: 'c' })).toBeUndefined();
    expect((await table.items()).map(({ id }) => id).sort()).toEqual(['a', 'b']);
    expect(app.table(table.name).name).toBe(table.name);
  });

  it('sends messages to queues, and returns the messages in a queue', async () => {
    await app.queue('Queue').send('hello');
    expect(await app.queue('Queue').messages()).toEqual([{ body: 'hello', receiveCount: 0 }]);
  });

  it.each([
    ['function', () => app.invoke('Lost'), 'Fn'],
    ['table', async () => app.table('Lost'), 'Table'],
    ['queue', async () => app.queue('Lost'), 'Queue'],
    ['WebSocket API', () => app.websocket.connect({ api: 'Lost' }), 'Chat'],
    [
      'event bus',
      () => app.events.publish({ source: 'a', 'detail-type': 'b', detail: {}, bus: 'Lost' }),
      'Bus',
    ],
  ])('lists the existing resources for an unknown %s', async (kind, use, names) => {
    const error = new UsageError(`The application has no ${kind} Lost. It has: ${names}.`);
    await expect(use()).rejects.toThrow(error);
  });

  it('returns each event once, and reports other events if no event matches', async () => {
    const publish = (id: number) =>
      app.events.publish({ source: 'shop', 'detail-type': 'Sold', detail: { id }, bus: 'Bus' });
    await publish(1);
    await publish(2);
    const next = () => app.events.waitFor<{ id: number }>({ source: ['shop'] });
    const later = [await next(), await next()];
    expect(later.map(({ bus, detail }) => [bus, detail.id])).toEqual([
      ['shop', 1],
      ['shop', 2],
    ]);
    await publish(3);
    const failing = app.events.waitFor({ detail: { id: [4] } }, { timeoutMs: 20 });
    await expect(failing).rejects.toThrow(/^No matching event arrived within 20 ms\. Others: \n.*"id":3/);
    expect(app.events.published().map(({ detail }) => detail)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  it('advances the time of functions, state machines and connections', async () => {
    const client = await app.websocket.connect();
    await app.events.publish({ source: 'flow', 'detail-type': 'Start', detail: {}, bus: 'Bus' });
    const isWaiting = async () => {
      const executions = await (await app.fetch('/_local/executions/')).json();
      return JSON.stringify(executions).includes('RUNNING');
    };
    while (!(await isWaiting())) await new Promise((next) => setTimeout(next, 10));
    const before = Date.now();
    await app.clock.advance('1h');
    expect(await app.events.waitFor({ source: ['waited'] })).toMatchObject({ detail: { ok: true } });
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(app.clock.now()).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(await app.invoke<number>('Fn', { now: true })).toBeGreaterThanOrEqual(before + 3_600_000);
  });

  it('has a documented example that passes', async () => {
    const example = resolve(__dirname, '../examples/testing/orders.node.test.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, ['--test', example]);
    expect(stdout).toMatch(/^# pass 1$|pass 1/m);
    const page = readFileSync(resolve(__dirname, '../docs/testing.md'), 'utf8');
    expect(page).toContain(readFileSync(example, 'utf8').trim());
  });
});

describe('durations', () => {
  it.each([
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['90s', 90_000],
    ['500ms', 500],
    ['1.5d', 129_600_000],
    [250, 250],
    [0, 0],
  ])('reads %j', (text, millis) => expect(parseDuration(text)).toBe(millis));

  it.each(['', '2', 'h', '2 h', '2x', '1h-', -1])('rejects %j', (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError);
  });
});

describe('items', () => {
  it('are converted to plain values and back', () => {
    const plain = {
      text: 'a',
      number: 1.5,
      yes: true,
      nothing: null,
      bytes: Buffer.from('b'),
      list: [1, 'x', [false]],
      map: { a: { b: 1 } },
      texts: new Set(['a', 'b']),
      numbers: new Set([1, 2]),
      blobs: new Set([Buffer.from('c')]),
    };
    const item = toItem(plain);
    expect(item).toMatchObject({
      text: { S: 'a' },
      number: { N: '1.5' },
      yes: { BOOL: true },
      nothing: { NULL: true },
      bytes: { B: 'Yg==' },
      texts: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2'] },
      blobs: { BS: ['Yw=='] },
      map: { M: { a: { M: { b: { N: '1' } } } } },
    });
    expect(fromItem(item)).toEqual(plain);
    expect(toItem({ a: undefined, b: 1 })).toEqual({ b: { N: '1' } });
    expect(() => toItem({ a: () => 1 })).toThrow('DynamoDB has no type for a function.');
  });
});

describe('a wait list', () => {
  it('returns a later entry once', async () => {
    const list = new WaitList<{ id: number }>('entry');
    const waiting = [list.next(() => true), list.next(() => true)];
    list.add({ id: 1 });
    list.add({ id: 2 });
    expect(await Promise.all(waiting)).toEqual([{ id: 1 }, { id: 2 }]);
    await expect(list.next(() => true, { timeoutMs: 1 })).rejects.toThrow('Others: none');
    expect(list.all).toHaveLength(2);
  });
});
