import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { buildSync } from 'esbuild';
import { loadTemplate } from 'sam-offline';
import type { Subsegment as Span } from 'sam-offline/testing';
import { eventually } from '../../testbed/client';
import { root } from '../../testbed/template';

type Observability = typeof import('../../aws/lambda/observability');
type Subsegment = Span & { readonly trace_id: string; readonly parent_id: string };

const ROOT = '1-5759e988-bd862e3fe1be46a994272793';
const PARENT = '53995c3f42cd8ad8';
const HEADER = `Root=${ROOT};Parent=${PARENT};Sampled=1;Lineage=1:a87bd80c:0`;
const TEXT = 'a confidential text';

const environment = { ...process.env };
const context = { functionName: 'send', awsRequestId: 'r' } as never;
let daemon: Socket;
let received: Subsegment[] = [];

beforeAll(async () => {
  daemon = createSocket('udp4');
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
  daemon.on('message', (datagram) => {
    const [header = '', document = ''] = String(datagram).split('\n');
    expect(JSON.parse(header)).toEqual({ format: 'json', version: 1 });
    received.push(JSON.parse(document));
  });
});

beforeEach(() => {
  received = [];
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...environment };
});

afterAll(() => {
  daemon.close();
});

/** Bundles the code with the settings for AWS. */
function bundle(): string {
  const settings = JSON.parse(readFileSync(join(root, 'esbuild.json'), 'utf8'));
  const entryPoints = ['aws/lambda/observability.ts'];
  const { outputFiles } = buildSync({
    ...settings,
    ...{ entryPoints, bundle: true, sourcemap: false, write: false, absWorkingDir: root },
  });
  return outputFiles?.[0]?.text ?? '';
}

const code = bundle();

/** Loads the code in an execution environment with the variables of the template. */
function load(changes: NodeJS.ProcessEnv = {}): Observability {
  const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
  const post = functions.find(({ logicalId }) => logicalId === 'PostFunction');
  Object.assign(process.env, post?.environment, {
    AWS_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    LAMBDA_TASK_ROOT: '/var/task',
    POWERTOOLS_DEV: 'true',
    ...changes,
  });
  const module = { exports: {} };
  new Function('module', 'require', code)(module, require); // loads a new instance each time
  const { logger, metrics, ...others } = module.exports as Observability;
  jest.spyOn(logger, 'error').mockImplementation();
  jest.spyOn(metrics, 'captureColdStartMetric').mockImplementation();
  jest.spyOn(metrics, 'publishStoredMetrics').mockImplementation();
  process.env._X_AMZN_TRACE_ID = HEADER;
  return { logger, metrics, ...others };
}

/** A DynamoDB response or a connection error. */
type Reply = { status: number; body: object } | Error;
const found: Reply = { status: 200, body: {} };

/** Creates a DynamoDB client that receives these replies in turn. Repeats the last reply. */
function createClient(...replies: Reply[]) {
  const headers: Record<string, string>[] = [];
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: { headers: Record<string, string> }) {
      headers.push(request.headers);
      await sleep(1);
      const reply = (replies.length > 1 ? replies.shift() : replies[0]) ?? found;
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
  const settings = { region: 'us-east-1', credentials, maxAttempts: 2 };
  return { client: new DynamoDBClient({ ...settings, requestHandler: requestHandler as never }), headers };
}

const getItem = (client: DynamoDBClient, room = 'lobby') =>
  client.send(new GetItemCommand({ TableName: 'rooms', Key: { pk: { S: room } } }));

/** Waits until these subsegments have arrived and returns them in this order. */
async function receive(...names: string[]): Promise<Subsegment[]> {
  await eventually(async () => names.every((name) => received.some((each) => each.name === name)));
  return names.map((name) => received.find((each) => each.name === name) as Subsegment);
}

/** Waits until all subsegments that have been sent have arrived. */
async function receiveAll({ runInSubsegment }: Observability): Promise<Subsegment[]> {
  process.env._X_AMZN_TRACE_ID = HEADER;
  await runInSubsegment('end', async () => undefined);
  await receive('end');
  return received.filter(({ name }) => name !== 'end');
}

describe('tracing', () => {
  it('records an invocation with its annotations under the segment of the function', async () => {
    const { instrument, annotate } = load();
    const result = await instrument(async () => {
      annotate({ room: 'lobby', seq: 7 });
      return 'done';
    })({}, context);
    expect(result).toBe('done');
    const [handler] = await receive('## send');
    expect(handler).toMatchObject({
      type: 'subsegment',
      trace_id: ROOT,
      parent_id: PARENT,
      annotations: { ColdStart: true, room: 'lobby', seq: 7 },
    });
    expect(handler?.end_time).toBeGreaterThanOrEqual(Number(handler?.start_time));
  });

  it('records a call of an SDK client, and sends the ID of the subsegment in the trace header', async () => {
    const { instrument, traceClient } = load();
    const { client, headers } = createClient(found);
    expect(traceClient(client)).toBe(client);
    await instrument(() => getItem(client))({}, context);
    const [handler, call] = await receive('## send', 'DynamoDB');
    expect(call).toMatchObject({
      namespace: 'aws',
      trace_id: ROOT,
      parent_id: handler?.id,
      aws: { operation: 'GetItem', region: 'us-east-1', request_id: 'request-1', table_name: 'rooms' },
      http: { response: { status: 200 } },
    });
    expect(headers[0]?.['X-Amzn-Trace-Id']).toBe(
      `Root=${ROOT};Parent=${call?.id};Sampled=1;Lineage=1:a87bd80c:0`,
    );
  });

  it('assigns calls to the subsegment that runs them, even if several subsegments run concurrently', async () => {
    const { runInSubsegment, traceClient, annotate } = load();
    const { client } = createClient(found);
    traceClient(client);
    const runBatch = (name: string) =>
      runInSubsegment(name, async () => {
        await getItem(client);
        annotate({ batch: name });
        await Promise.all([getItem(client), sleep(2).then(() => getItem(client))]);
      });
    await runInSubsegment('## post', async () => {
      await Promise.all([runBatch('a'), runBatch('b')]);
      await getItem(client);
      annotate({ batch: 'none' });
    });
    const [post, a, b] = await receive('## post', 'a', 'b');
    await eventually(async () => received.length === 10);
    const parents = received.filter((each) => each.name === 'DynamoDB').map((each) => each.parent_id);
    expect(parents.sort()).toEqual([a?.id, a?.id, a?.id, b?.id, b?.id, b?.id, post?.id].sort());
    expect([a?.parent_id, b?.parent_id]).toEqual([post?.id, post?.id]);
    expect([post, a, b].map((each) => each?.annotations?.batch)).toEqual(['none', 'a', 'b']);
  });

  it('assigns each invocation to its own trace', async () => {
    const { instrument, traceClient } = load();
    const { client } = createClient(found);
    traceClient(client);
    const handler = instrument(() => getItem(client));
    const traces = ['1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa', '1-5759e988-bbbbbbbbbbbbbbbbbbbbbbbb'];
    for (const trace of traces) {
      process.env._X_AMZN_TRACE_ID = `Root=${trace};Parent=${PARENT};Sampled=1`;
      await handler({}, context);
      await sleep(1); // the runtime starts the next invocation in another event loop turn
    }
    await eventually(async () => received.length === 4);
    for (const trace of traces) {
      const own = received.filter((each) => each.trace_id === trace);
      expect(own.map((each) => each.name).sort()).toEqual(['## send', 'DynamoDB']);
    }
  });

  it('records the error of an invocation, and rethrows it', async () => {
    const { instrument } = load();
    const error = new TypeError('refused');
    await expect(instrument(() => Promise.reject(error))({}, context)).rejects.toBe(error);
    const [handler] = await receive('## send');
    expect(handler).toMatchObject({
      fault: true,
      cause: { exceptions: [{ message: 'refused', type: 'TypeError' }] },
    });
  });

  it('records an error that the handler catches', async () => {
    const { instrument, tracer } = load();
    await instrument(async () => tracer.addErrorAsMetadata(new Error('caught')))({}, context);
    const [handler] = await receive('## send');
    expect(handler).toMatchObject({ cause: { exceptions: [{ message: 'caught' }] } });
  });

  it.each([
    [400, 'ResourceNotFoundException', { error: true }],
    [429, 'ThrottlingException', { error: true, throttle: true }],
    [500, 'InternalServerError', { fault: true }],
  ])('records the error of a call with status %d', async (status, type, flags) => {
    const { instrument, traceClient } = load();
    const { client } = createClient({
      status,
      body: { __type: `com.amazonaws.dynamodb#${type}`, message: 'sorry' },
    });
    traceClient(client);
    await instrument(() => getItem(client).catch(() => undefined))({}, context);
    const [call, handler] = await receive('DynamoDB', '## send');
    expect(call).toMatchObject({
      ...flags,
      http: { response: { status } },
      cause: { exceptions: [{ message: 'sorry', type, remote: true }] },
    });
    expect(handler).not.toHaveProperty('cause');
  });

  it('records a call without a response as a fault', async () => {
    const { instrument, traceClient } = load();
    const { client } = createClient(new Error('reset'));
    traceClient(client);
    await instrument(() => getItem(client).catch(() => undefined))({}, context);
    const [call] = await receive('DynamoDB');
    expect(call).toMatchObject({ fault: true, cause: { exceptions: [{ message: 'reset' }] } });
  });

  it('records the names of several tables, and the number of attempts as retries', async () => {
    const { instrument, traceClient } = load();
    const { client } = createClient(
      { status: 500, body: { message: 'sorry' } },
      { status: 200, body: { Responses: {}, UnprocessedKeys: {} } },
    );
    traceClient(client);
    const Keys = [{ room: { S: 'lobby' } }];
    const command = new BatchGetItemCommand({ RequestItems: { rooms: { Keys }, people: { Keys } } });
    await instrument(() => client.send(command))({}, context);
    const [call] = await receive('DynamoDB');
    expect(call).toMatchObject({ aws: { retries: 2, table_names: ['rooms', 'people'] } });
  });

  it('records no message texts', async () => {
    const { instrument, traceClient } = load();
    const item = { pk: { S: 'lobby' }, text: { S: TEXT } };
    const { client } = createClient({ status: 200, body: { Item: item, Attributes: item } }, found, {
      status: 400,
      body: { __type: 'com.amazonaws.dynamodb#ConditionalCheckFailedException', message: 'no', Item: item },
    });
    traceClient(client);
    const put = () =>
      client.send(
        new PutItemCommand({
          TableName: 'rooms',
          Item: item,
          ConditionExpression: 'seq < :seq',
          ExpressionAttributeValues: { ':seq': { S: TEXT } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    const handler = instrument(async (event: { body: string }) => {
      await getItem(client, event.body);
      await put();
      await expect(put()).rejects.toThrow('no');
      return event;
    });
    await handler({ body: TEXT }, context);
    await receive('## send');
    await eventually(async () => received.length === 4);
    expect(JSON.stringify(received)).not.toContain(TEXT);
  });

  it('records no HTTP requests other than AWS calls', async () => {
    const server = createServer((_request, response) => void response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const traced = load();
    await traced.instrument(async () => {
      const [response] = await once(get({ port, host: '127.0.0.1' }), 'response');
      response.resume();
      await (await fetch(`http://127.0.0.1:${port}/`)).text();
    })({}, context);
    server.close();
    server.closeAllConnections();
    expect((await receiveAll(traced)).map((each) => each.name)).toEqual(['## send']);
  });

  it.each([
    ['is not sampled', HEADER.replace('Sampled=1', 'Sampled=0')],
    ['has no trace', undefined],
  ])('sends nothing if the invocation %s', async (_, header) => {
    jest.spyOn(console, 'error').mockImplementation();
    const traced = load();
    const { client, headers } = createClient(found);
    traced.traceClient(client);
    if (header === undefined) delete process.env._X_AMZN_TRACE_ID;
    else process.env._X_AMZN_TRACE_ID = header;
    const handler = traced.instrument(async () => {
      traced.annotate({ seq: 7 });
      traced.tracer.addErrorAsMetadata(new Error('caught'));
      return getItem(client);
    });
    await handler({}, context);
    expect(headers[0]?.['X-Amzn-Trace-Id'] ?? 'Sampled=0').toContain('Sampled=0');
    expect(await receiveAll(traced)).toEqual([]);
  });

  it('sends nothing, and does not instrument clients, if tracing is off', async () => {
    const traced = load({ POWERTOOLS_TRACE_ENABLED: 'false' });
    const { client, headers } = createClient(found);
    const middleware = client.middlewareStack.identify();
    expect(traced.traceClient(client).middlewareStack.identify()).toEqual(middleware);
    const handler = traced.instrument(async () => {
      traced.annotate({ seq: 7 });
      traced.tracer.addErrorAsMetadata(new Error('caught'));
      return getItem(client);
    });
    await handler({}, context);
    expect(headers[0]).not.toHaveProperty('X-Amzn-Trace-Id');
    expect(await receiveAll(load())).toEqual([]);
  });

  // A UDP socket cannot send to the broadcast address. No server listens on port 9.
  it.each(['255.255.255.255:2000', '127.0.0.1:9'])(
    'completes invocations even if segments cannot be sent to %s',
    async (address) => {
      jest.spyOn(console, 'error').mockImplementation();
      const { instrument, traceClient } = load({ AWS_XRAY_DAEMON_ADDRESS: address });
      const { client } = createClient(found);
      traceClient(client);
      const handler = instrument(async () => {
        await getItem(client);
        return 'done';
      });
      for (let invocation = 0; invocation < 5; invocation += 1) {
        expect(await handler({}, context)).toBe('done');
        await sleep(2);
      }
    },
  );
});
