import { join } from 'node:path';
import WebSocket from 'ws';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../src/app/runtime';
import { getStagePath } from '../../src/websocket-api/routes';

/** An application that is modeled on a public one, and its main path. */
export interface WildApp {
  /** The public template that uses the same features. */
  readonly inTheMannerOf: { readonly name: string; readonly url: string };
  /** The template's file name. Default: `template.yaml`. */
  readonly template?: string;
  readonly options?: Partial<RuntimeOptions>;
  /** Uses the application as its clients do, and checks the received frames. */
  drive(app: RunningApp): Promise<void>;
}

/** A client of a WebSocket API. */
export interface Client {
  send(message: unknown): void;
  /** Returns the next message, parsed if it is JSON. */
  receive(): Promise<unknown>;
  close(): Promise<void>;
}

export interface RunningApp {
  readonly runtime: Runtime;
  /** Connects a client to the API with this logical ID, or to the first one. Rejects if the handshake is rejected. */
  connect(options?: { api?: string; query?: string; headers?: Record<string, string> }): Promise<Client>;
  /** Sends a request to an HTTP API. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Returns the items of the table with this logical ID, in the attribute value format. */
  scan(logicalId: string): Promise<Record<string, Record<string, unknown>>[]>;
  /** Returns the number of messages in each queue, by logical ID. */
  queues(): Promise<Record<string, number>>;
  /** Waits until a condition holds. Rejects if it does not hold in time. */
  until(condition: () => Promise<boolean>): Promise<void>;
}

/** Shorter than the timeout of a test, so that the error contains the logs of the application. */
const UNTIL_MILLIS = 60_000;

/** Starts the application in a folder, drives it and stops it. */
export async function runApp(folder: string, app: WildApp): Promise<void> {
  const sockets: WebSocket[] = [];
  const logs: string[] = [];
  const runtime = await startRuntime({
    template: join(folder, app.template ?? 'template.yaml'),
    port: 0,
    onLog: ({ line }) => logs.push(line),
    onNotice: (notice) => logs.push(JSON.stringify(notice)),
    ...app.options,
  });
  try {
    await app.drive(createRunningApp(runtime, sockets));
  } catch (error) {
    (error as Error).message += `\n\n${logs.slice(-20).join('\n')}`;
    throw error;
  } finally {
    for (const socket of sockets) socket.terminate();
    await runtime.close();
  }
}

function createRunningApp(runtime: Runtime, sockets: WebSocket[]): RunningApp {
  const { app, port } = runtime;
  const origin = `http://127.0.0.1:${port}`;
  return {
    runtime,
    async connect({ api, query = '', headers = {} } = {}) {
      const model = app.webSocketApis.find(({ logicalId }) => api === undefined || logicalId === api);
      if (!model) throw new Error(`The template has no WebSocket API ${api}.`);
      const path = getStagePath(model, app.webSocketApis);
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}${query}`, { headers });
      sockets.push(socket);
      return createClient(socket);
    },
    fetch: (path, init) => fetch(origin + path, init),
    async scan(logicalId) {
      const table = app.tables.find((model) => model.logicalId === logicalId)?.name;
      const response = await fetch(origin, {
        method: 'POST',
        headers: {
          'x-amz-target': 'DynamoDB_20120810.Scan',
          'content-type': 'application/x-amz-json-1.0',
          authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request',
        },
        body: JSON.stringify({ TableName: table, ConsistentRead: true }),
      });
      const { Items } = (await response.json()) as { Items: Record<string, Record<string, unknown>>[] };
      return Items;
    },
    async queues() {
      const response = await fetch(`${origin}/_local/queues`);
      const views = (await response.json()) as { logicalId: string; messages: unknown[] }[];
      return Object.fromEntries(views.map(({ logicalId, messages }) => [logicalId, messages.length]));
    },
    async until(condition) {
      const deadline = Date.now() + UNTIL_MILLIS;
      while (!(await condition())) {
        if (Date.now() > deadline) throw new Error(`The condition does not hold: ${condition}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Waits for the handshake. */
function createClient(socket: WebSocket): Promise<Client> {
  const received: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (data) => {
    const next = waiting.shift();
    if (next) next(data.toString());
    else received.push(data.toString());
  });
  const client: Client = {
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async receive() {
      const text = received.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve)));
      return parse(text);
    },
    close: () =>
      new Promise((resolve) => {
        socket.once('close', () => resolve());
        socket.close();
      }),
  };
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(client));
    socket.once('error', reject);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
