import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import { loadTemplate } from 'sam-offline';
import { type MetricSeries, MetricStore } from 'sam-offline/testing';
import { startTables } from '../../testbed/tables';
import { root } from '../../testbed/template';

/** The broadcast key in the secret that the handlers read. */
export const BROADCAST_KEY = 'broadcast-key';

/** A response of the `@connections` API. */
interface Response {
  status: number;
  body?: string;
}

/**
 * Prepares the environment for Lambda handlers that run in the test process: sets the variables from the template, creates
 * in-memory tables, and starts a server that records calls to the other services. Import the handlers after the promise
 * resolves, because they read the variables when they are loaded.
 *
 * @param variables environment variables that override the template.
 */
export async function prepareHandlers(variables: Record<string, string> = {}) {
  const tables = await startTables();
  const services = await startServices();
  const app = loadTemplate({ file: join(root, 'template.yaml') });
  const environment = { ...process.env };
  Object.assign(process.env, ...app.functions.map((model) => model.environment), {
    AWS_REGION: app.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: services.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: services.url,
    CONNECTIONS_ENDPOINT: `${services.url}/production`,
    POWERTOOLS_DEV: 'true', // writes logs and metrics to the console, which `recordOutput` replaces
    ...variables,
  });
  return {
    tables,
    ...services,
    async stop() {
      process.env = environment;
      services.close();
      await tables.stop();
    },
  };
}

/** Starts a server for the calls that handlers make to EventBridge, Secrets Manager and the `@connections` API. */
async function startServices() {
  const posts: [connectionId: string, frame: string][] = [];
  const closed: string[] = [];
  const entries: PutEventsRequestEntry[] = [];
  /** Functions that return the response to a call, or undefined if the call succeeds. */
  const faults: {
    connections?: ((connectionId: string, method?: string) => Response | undefined) | undefined;
    events?: (() => Response) | undefined;
  } = {};

  const respond = async (request: IncomingMessage): Promise<Response> => {
    const body = await readBody(request);
    const [, , , encodedId = ''] = (request.url ?? '').split('/');
    const target = request.headers['x-amz-target'];
    if (target === 'AWSEvents.PutEvents') {
      if (faults.events) return faults.events();
      entries.push(...JSON.parse(body).Entries);
      return { status: 200, body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}' };
    }
    if (target === 'secretsmanager.GetSecretValue') {
      return { status: 200, body: JSON.stringify({ SecretString: BROADCAST_KEY }) };
    }
    const connectionId = decodeURIComponent(encodedId);
    const fault = faults.connections?.(connectionId, request.method);
    if (fault) return fault;
    if (request.method === 'GET') return { status: 200, body: CONNECTION_INFO };
    if (request.method === 'DELETE') closed.push(connectionId);
    else posts.push([connectionId, body]);
    return { status: 200 };
  };
  const server = createServer(async (request, reply) => {
    const { status, body = '' } = await respond(request);
    const errors: Record<number, string> = {
      403: 'ForbiddenException',
      410: 'GoneException',
      429: 'LimitExceededException',
    };
    reply.writeHead(status, errors[status] ? { 'x-amzn-errortype': errors[status] } : {}).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    closed,
    entries,
    faults,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const CONNECTION_INFO = JSON.stringify({
  connectedAt: '2026-01-25T18:50:04.673Z',
  lastActiveAt: '2026-01-25T18:50:07.642Z',
  identity: { sourceIp: '192.0.2.1', userAgent: 'wscat' },
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Records the logs and metrics that handlers write to the console. They are not printed. */
export function recordOutput() {
  const lines: string[] = [];
  const spies = (['log', 'debug', 'info', 'warn', 'error'] as const).map((method) =>
    jest.spyOn(console, method).mockImplementation((...[line]: unknown[]) => {
      lines.push(String(line));
    }),
  );
  const isMetric = (line: string) => line.includes('CloudWatchMetrics');
  return {
    /** Returns the log records in chronological order. */
    logs: (): Record<string, unknown>[] =>
      lines.filter((line) => !isMetric(line)).map((line) => JSON.parse(line)),
    /** Returns the metrics and their sums. */
    metrics(): Pick<MetricSeries, 'name' | 'unit' | 'dimensions' | 'sum'>[] {
      const store = new MetricStore();
      for (const line of lines.filter(isMetric)) store.addLogLine(line);
      return store.list().map(({ name, unit, dimensions, sum }) => ({ name, unit, dimensions, sum }));
    },
    clear() {
      lines.length = 0;
    },
    restore() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

/** Reads a sample event from `events/`. */
export function readSample(name: string) {
  return JSON.parse(readFileSync(join(root, 'events', `${name}.json`), 'utf8'));
}

/** Creates a Lambda context. */
export function createContext(functionName: string, remainingMs = 10_000): Context {
  return {
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '256',
    awsRequestId: '8a1c4d3e-0000-4000-8000-000000000000',
    logGroupName: '',
    logStreamName: '',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => remainingMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
