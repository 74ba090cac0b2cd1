import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { createDaemonSender, toDocuments } from '../../functions/tracing/xray/daemon';
import { captureCalls } from '../../functions/tracing/xray/sdk-calls';
import { addError, openSubsegment, type Subsegment } from '../../functions/tracing/xray/subsegment';
import { parseTraceHeader } from '../../functions/tracing/xray/trace-header';
import { createTracer } from '../../functions/tracing/xray/tracer';

const ROOT = '1-5759e988-bd862e3fe1be46a994272793';
const PARENT = '53995c3f42cd8ad8';
const HEADER = `Root=${ROOT};Parent=${PARENT};Sampled=1;Lineage=1:a87bd80c:0`;
const ID = expect.stringMatching(/^[\da-f]{16}$/);
const TIME = expect.any(Number);

interface Sent {
  readonly subsegment: Subsegment;
  readonly traceId: string;
  readonly parentId: string;
}

function traceInMemory(header = HEADER, isEnabled = true) {
  process.env._X_AMZN_TRACE_ID = header;
  const sent: Sent[] = [];
  const send = (subsegment: Subsegment, traceId: string, parentId: string) => {
    sent.push({ subsegment: structuredClone(subsegment), traceId, parentId });
  };
  return { sent, tracer: createTracer(isEnabled, send) };
}

/** A response of DynamoDB, or a connection error. */
type Reply = { status: number; body: object } | Error;

/** Creates a DynamoDB client whose requests get these replies in turn. */
function createClient(...replies: (Reply | Promise<Reply>)[]) {
  const headers: Record<string, string>[] = [];
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: { headers: Record<string, string> }) {
      headers.push(request.headers);
      const reply = await (replies.shift() as Reply | Promise<Reply>);
      if (reply instanceof Error) throw reply;
      const { status: statusCode, body } = reply;
      return {
        response: {
          statusCode,
          headers: { 'x-amzn-requestid': 'request-1', 'content-type': 'application/x-amz-json-1.0' },
          body: new TextEncoder().encode(JSON.stringify(body)),
        },
      };
    },
  };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials,
    requestHandler: requestHandler as never,
    retryStrategy: { mode: 'standard', acquireInitialRetryToken, refreshRetryTokenForRetry, recordSuccess },
  } as never);
  return { client, headers };
}
const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
const acquireInitialRetryToken = async () => token(0);
const refreshRetryTokenForRetry = async (
  previous: { getRetryCount(): number },
  { errorType }: { errorType: string },
) => {
  if (errorType === 'CLIENT_ERROR' || previous.getRetryCount() > 0) throw new Error('no more attempts');
  return token(previous.getRetryCount() + 1);
};
const recordSuccess = () => undefined;

const getItem = (client: DynamoDBClient) =>
  client.send(new GetItemCommand({ TableName: 'rooms', Key: { pk: { S: 'lobby' } } }));
const found: Reply = { status: 200, body: {} };
/** Returns the call that the outermost subsegment contains. */
const findCall = (sent: readonly Sent[]) => sent[0]?.subsegment.subsegments?.[0] as Subsegment;

afterEach(() => {
  delete process.env._X_AMZN_TRACE_ID;
  delete process.env.AWS_REGION;
});

describe('the X-Ray tracer', () => {
  it('sends a subsegment with its children when the outermost one ends', async () => {
    const { sent, tracer } = traceInMemory();
    const result = await tracer.runInSubsegment('## post', async () => {
      tracer.annotate('ColdStart', true);
      await tracer.runInSubsegment('Post batch', async () => tracer.annotate('seq', 7));
      tracer.annotate('room', 'lobby');
      expect(sent).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    const inner = { id: ID, name: 'Post batch', start_time: TIME, end_time: TIME, annotations: { seq: 7 } };
    expect(sent).toEqual([
      {
        traceId: ROOT,
        parentId: PARENT,
        subsegment: {
          ...{ id: ID, name: '## post', start_time: TIME, end_time: TIME },
          annotations: { ColdStart: true, room: 'lobby' },
          subsegments: [inner],
        },
      },
    ]);
    const [{ subsegment }] = sent as [Sent];
    expect(subsegment.start_time * 1000).toBeGreaterThan(Date.now() - 10_000);
    expect(subsegment.end_time).toBeGreaterThanOrEqual(subsegment.start_time);
    expect(Number(subsegment.end_time) * 1000).toBeLessThanOrEqual(Date.now());
  });

  it('records the error of a subsegment, and throws it', async () => {
    const { sent, tracer } = traceInMemory();
    const error = new TypeError('refused');
    await expect(tracer.runInSubsegment('## post', () => Promise.reject(error))).rejects.toBe(error);
    const [{ subsegment }] = sent as [Sent];
    expect(subsegment).toMatchObject({ fault: true, cause: { exceptions: [{ message: 'refused' }] } });
    expect(subsegment.error).toBeUndefined();
  });

  it('records an error that the handler caught', async () => {
    const { sent, tracer } = traceInMemory();
    await tracer.runInSubsegment('## send', async () => tracer.addError(new Error('caught')));
    expect(sent[0]?.subsegment.cause?.exceptions).toMatchObject([{ message: 'caught' }]);
  });

  it.each([
    ['tracing is off', HEADER, false],
    ['the invocation is not sampled', HEADER.replace('Sampled=1', 'Sampled=0'), true],
    ['the invocation has no trace', '', true],
  ])('records nothing if %s', async (_, header, isEnabled) => {
    const { sent, tracer } = traceInMemory(header, isEnabled);
    const { client, headers } = createClient(found);
    expect(tracer.isEnabled()).toBe(isEnabled);
    expect(tracer.captureClient(client)).toBe(client);
    await tracer.runInSubsegment('## send', async () => {
      tracer.annotate('seq', 7);
      tracer.addError(new Error('caught'));
      await getItem(client);
    });
    expect(sent).toEqual([]);
    expect(headers[0]).not.toHaveProperty('X-Amzn-Trace-Id');
  });

  it('adds no middleware to clients if tracing is off', () => {
    const { tracer } = traceInMemory(HEADER, false);
    const { client } = createClient();
    const middleware = client.middlewareStack.identify();
    tracer.captureClient(client);
    expect(client.middlewareStack.identify()).toEqual(middleware);
  });

  it('is off unless POWERTOOLS_TRACE_ENABLED is true', () => {
    expect(createTracer().isEnabled()).toBe(false);
  });

  it('runs the work if there is no daemon', async () => {
    process.env._X_AMZN_TRACE_ID = HEADER;
    expect(await createTracer(true).runInSubsegment('## post', async () => 'done')).toBe('done');
  });

  it('records nothing outside a subsegment', () => {
    const { sent, tracer } = traceInMemory();
    tracer.annotate('seq', 7);
    tracer.addError(new Error('lost'));
    expect(sent).toEqual([]);
  });
});

describe('the call of an SDK client', () => {
  it('is a subsegment, which the request names as its parent', async () => {
    process.env.AWS_REGION = 'us-east-1';
    const { sent, tracer } = traceInMemory();
    const { client, headers } = createClient(found);
    tracer.captureClient(client);
    await tracer.runInSubsegment('## send', () => getItem(client));
    const call = findCall(sent);
    expect(call).toEqual({
      ...{ id: ID, name: 'DynamoDB', namespace: 'aws', start_time: TIME, end_time: TIME },
      aws: {
        operation: 'GetItem',
        region: 'us-east-1',
        request_id: 'request-1',
        retries: 0,
        table_name: 'rooms',
      },
      http: { response: { status: 200 } },
    });
    expect(headers[0]?.['X-Amzn-Trace-Id']).toBe(
      `Root=${ROOT};Parent=${call.id};Sampled=1;Lineage=1:a87bd80c:0`,
    );
  });

  it.each([
    [400, 'ResourceNotFoundException', { error: true }, true],
    [429, 'ThrottlingException', { error: true, throttle: true }, true],
    [500, 'InternalServerError', { fault: true }, true],
  ])('with status %d is recorded with its error', async (status, type, flags, remote) => {
    const { sent, tracer } = traceInMemory();
    const reply: Reply = { status, body: { __type: `com.amazonaws.dynamodb#${type}`, message: 'sorry' } };
    const { client } = createClient(reply, reply);
    tracer.captureClient(client);
    await tracer.runInSubsegment('## send', () => getItem(client).catch(() => undefined));
    const call = findCall(sent);
    expect(call).toMatchObject({
      ...flags,
      http: { response: { status } },
      cause: { exceptions: [{ message: 'sorry', type, remote }] },
    });
    expect([call.error, call.fault, call.throttle].filter(Boolean)).toHaveLength(Object.keys(flags).length);
  });

  it('to several tables has their names', async () => {
    const { sent, tracer } = traceInMemory();
    const { client } = createClient({ status: 200, body: { Responses: {}, UnprocessedKeys: {} } });
    tracer.captureClient(client);
    const Keys = [{ room: { S: 'lobby' } }];
    const command = new BatchGetItemCommand({ RequestItems: { rooms: { Keys }, people: { Keys } } });
    await tracer.runInSubsegment('## send', () => client.send(command));
    const { aws } = findCall(sent);
    expect(aws).toMatchObject({ operation: 'BatchGetItem', table_names: ['rooms', 'people'] });
    expect(aws).not.toHaveProperty('table_name');
  });

  it('without a table has no names of tables', async () => {
    const { sent, tracer } = traceInMemory();
    const { client } = createClient(found);
    tracer.captureClient(client);
    await tracer.runInSubsegment('## send', () =>
      client.send(new TransactWriteItemsCommand({ TransactItems: [] })),
    );
    const { aws } = findCall(sent);
    expect(Object.keys(aws ?? {})).toEqual(['operation', 'region', 'request_id', 'retries']);
  });

  /** Runs a call of a client with these names, whose other middleware rejects it. */
  async function rejectCall(names: { clientName: string; commandName: string }, error: Error) {
    const subsegment = openSubsegment('call');
    const open = jest.fn(() => ({ subsegment, header: 'Root=1', close: () => undefined }));
    const add: Parameters<typeof captureCalls>[0]['middlewareStack']['add'] = (middleware, options) => {
      // In this step, requests exist, and they are not retried yet.
      expect(options.step).toBe('build');
      result = middleware(async () => Promise.reject(error), names)({ input: {}, request: { headers: {} } });
    };
    let result: Promise<unknown> | undefined;
    captureCalls({ middlewareStack: { add } }, open);
    await expect(result).rejects.toBe(error);
    return { subsegment, open };
  }

  it('is recorded if it is rejected before a request is sent', async () => {
    const names = { clientName: 'DynamoDBClient', commandName: 'GetItemCommand' };
    const { subsegment } = await rejectCall(names, new Error('no credentials'));
    expect(subsegment.cause?.exceptions).toMatchObject([{ message: 'no credentials', remote: false }]);
  });

  it('has the names without the last suffixes', async () => {
    const names = { clientName: 'ClientVpnClient', commandName: 'ListCommandsCommand' };
    const { open, subsegment } = await rejectCall(names, new Error('denied'));
    expect(open).toHaveBeenCalledWith('ClientVpn');
    expect(subsegment.aws).toMatchObject({ operation: 'ListCommands' });
  });

  it('counts retries', async () => {
    const { sent, tracer } = traceInMemory();
    const { client } = createClient({ status: 500, body: { message: 'sorry' } }, found);
    tracer.captureClient(client);
    await tracer.runInSubsegment('## send', () => getItem(client));
    expect(findCall(sent)).toMatchObject({ aws: { retries: 1 } });
  });

  it('without a response is recorded as a fault', async () => {
    const { sent, tracer } = traceInMemory();
    const { client } = createClient(new Error('reset'), new Error('reset'));
    tracer.captureClient(client);
    await tracer.runInSubsegment('## send', () => getItem(client).catch(() => undefined));
    const call = findCall(sent);
    expect(call).toMatchObject({ fault: true, cause: { exceptions: [{ message: 'reset', remote: false }] } });
    expect(call).not.toHaveProperty('http');
  });

  it('is sent separately if it ends after its parent', async () => {
    const { sent, tracer } = traceInMemory();
    let respond = () => {};
    const response = new Promise<Reply>((resolve) => {
      respond = () => resolve(found);
    });
    const { client, headers } = createClient(response);
    tracer.captureClient(client);
    const [call] = await tracer.runInSubsegment('## send', async () => {
      const running = getItem(client);
      while (headers.length === 0) await new Promise((resolve) => setImmediate(resolve));
      return [running];
    });
    expect(sent.map(({ subsegment }) => subsegment.name)).toEqual(['## send']);
    respond();
    await call;
    expect(sent[1]).toMatchObject({
      traceId: ROOT,
      parentId: sent[0]?.subsegment.id,
      subsegment: { name: 'DynamoDB', end_time: TIME },
    });
  });
});

describe('a recorded error', () => {
  it('has the frames of its stack', () => {
    const subsegment = openSubsegment('s');
    const error = Object.assign(new RangeError('too far'), {
      stack: [
        'RangeError: too far, look at rooms:12',
        '    at getRoom (/var/task/rooms.ts:12:34)',
        '    at /var/task/index.js:5:1',
        '    at async Object.send (node:internal/http:7:8)',
        '    at http://127.0.0.1:3000/rooms.js:9:10',
        '    at run (/var/task/column.js:11)',
        '    at <anonymous>',
      ].join('\n'),
    });
    addError(subsegment, error);
    expect(subsegment.cause).toEqual({
      working_directory: process.cwd(),
      exceptions: [
        {
          ...{ id: ID, message: 'too far', type: 'RangeError', remote: false },
          stack: [
            { path: '/var/task/rooms.ts', line: 12, label: 'getRoom' },
            { path: '/var/task/index.js', line: 5, label: 'anonymous' },
            { path: 'node:internal/http', line: 7, label: 'async Object.send' },
            { path: 'http://127.0.0.1:3000/rooms.js', line: 9, label: 'anonymous' },
            { path: '/var/task/column.js', line: 11, label: 'run' },
          ],
        },
      ],
    });
    addError(subsegment, Object.assign(new Error('next'), { stack: undefined }));
    expect(subsegment.cause?.exceptions[1]).toMatchObject({ message: 'next', stack: [] });
  });

  it('has no frames if it is a client error, because the map for them would be parsed', () => {
    const subsegment = openSubsegment('s');
    const read = jest.fn(() => 'Error\n    at getRoom (/var/task/rooms.ts:12:34)');
    const error = Object.defineProperty(new Error('refused'), 'stack', { get: read });
    addError(subsegment, error, 400);
    expect(read).not.toHaveBeenCalled();
    expect(subsegment.cause?.exceptions).toEqual([
      { id: ID, message: 'refused', type: 'Error', remote: true },
    ]);
  });

  it.each([
    [undefined, 'fault'],
    [399, 'fault'],
    [400, 'error'],
    [499, 'error'],
    [500, 'fault'],
  ] as const)('with status %s is a %s', (status, flag) => {
    const subsegment = openSubsegment('s');
    addError(subsegment, new Error('no'), status);
    expect([subsegment.error && 'error', subsegment.fault && 'fault'].filter(Boolean)).toEqual([flag]);
  });
});

describe('parseTraceHeader', () => {
  it.each([undefined, '', 'Root=1-a', `Parent=${PARENT}`, `Root=;Parent=${PARENT}`, `Root;Parent=${PARENT}`])(
    'rejects %s',
    (text) => {
      expect(parseTraceHeader(text)).toBeUndefined();
    },
  );

  it('parses a header without a sampling decision', () => {
    const header = parseTraceHeader(`Root=${ROOT};Parent=${PARENT}`);
    expect(header).toMatchObject({ root: ROOT, parent: PARENT, isSampled: false });
    expect(header?.format('b')).toBe(`Root=${ROOT};Parent=b`);
  });
});

describe('documents for the daemon', () => {
  const subsegment = (name: string, bytes: number, subsegments?: Subsegment[]): Subsegment => ({
    ...{ id: name, name, start_time: 1, end_time: 2 },
    annotations: { text: 'é'.repeat(bytes / 2) },
    ...(subsegments ? { subsegments } : {}),
  });
  const read = (root: Subsegment) => toDocuments(root, 't', 'p').map((text) => JSON.parse(text));

  it('contain the children', () => {
    const root = subsegment('a', 10, [subsegment('b', 10)]);
    expect(read(root)).toEqual([{ type: 'subsegment', trace_id: 't', parent_id: 'p', ...root }]);
  });

  it('contain the children up to 64,000 bytes', () => {
    const create = (length: number) => ({
      ...subsegment('a', 0, [subsegment('b', 0)]),
      annotations: { text: 'a'.repeat(length) },
    });
    const length = 64_000 - Buffer.byteLength(String(toDocuments(create(0), 't', 'p')));
    expect(read(create(length))).toHaveLength(1);
    expect(read(create(length + 1))).toHaveLength(2);
  });

  it('are sent as they are if they are too large without children', () => {
    expect(read(subsegment('a', 70_000))).toMatchObject([{ name: 'a', parent_id: 'p' }]);
  });

  it('are separate for the children if they would exceed 64,000 bytes', () => {
    const root = subsegment('a', 10, [
      subsegment('b', 40_000, [subsegment('c', 10)]),
      subsegment('d', 30_000),
    ]);
    const parts = read(root).map(({ name, parent_id, subsegments }) => [
      name,
      parent_id,
      subsegments?.length,
    ]);
    expect(parts).toEqual([
      ['a', 'p', undefined],
      ['b', 'a', 1],
      ['d', 'a', undefined],
    ]);
  });

  it('are sent to the address in AWS_XRAY_DAEMON_ADDRESS', async () => {
    const daemon = createSocket('udp4');
    daemon.bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    Object.assign(process.env, {
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
      POWERTOOLS_TRACE_ENABLED: 'true',
      _X_AMZN_TRACE_ID: HEADER,
    });
    const tracer = createTracer();
    const received: string[] = [];
    daemon.on('message', (datagram) => received.push(String(datagram)));
    try {
      // The first is sent when the socket is connected.
      for (const name of ['first', 'second']) {
        await tracer.runInSubsegment(name, async () => undefined);
        await once(daemon, 'message');
      }
    } finally {
      daemon.close();
      for (const name of ['AWS_XRAY_DAEMON_ADDRESS', 'POWERTOOLS_TRACE_ENABLED']) delete process.env[name];
    }
    const [header = '', document = ''] = received[0]?.split('\n') ?? [];
    expect(JSON.parse(header)).toEqual({ format: 'json', version: 1 });
    expect(JSON.parse(document)).toMatchObject({ trace_id: ROOT, parent_id: PARENT, name: 'first' });
    expect(received[1]).toContain('"name":"second"');
  });

  // A UDP socket cannot connect to the broadcast address.
  it.each(['', 'localhost', '127.0.0.1:port', '127.0.0.1:70000', '255.255.255.255:2000'])(
    'are lost without an error or a warning if the address of the daemon is "%s"',
    async (address) => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const send = createDaemonSender(address);
      // Sockets connect in the background.
      for (let turn = 0; turn < 12; turn += 1) {
        expect(() => send(openSubsegment('work'), ROOT, PARENT)).not.toThrow();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    },
  );

  it('are lost without an error if the daemon does not run', async () => {
    const daemon = createSocket('udp4');
    daemon.bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    const { port } = daemon.address();
    await new Promise<void>((resolve) => daemon.close(resolve));
    const send = createDaemonSender(`127.0.0.1:${port}`);
    for (let turn = 0; turn < 12; turn += 1) {
      send(openSubsegment('work'), ROOT, PARENT);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});
