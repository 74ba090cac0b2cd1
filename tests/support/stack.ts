import { once } from 'node:events';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Fault } from 'sam-offline';
import type { StackInfo } from '../../scripts/stack';
import { openDeployedStack, type StackInternals } from './deployed-stack';
import { sharedRuntime, startRuntimeProcess } from './runtime-process';
import { createTableAccess, type TableAccess } from './table-access';

export const root = join(__dirname, '..', '..');

/** The app, running: on this machine, as a user starts it, on a port of its own. */
export interface Stack extends TableAccess {
  readonly wsUrl: string;
  readonly httpUrl: string;
  readonly pid: number;
  /** As the ready message prints it. */
  readonly broadcastKey: string;
  /** The line for a broadcast, ready to paste. */
  readonly broadcastCommand: string;
  /** Everything the process has written, for tests of what is logged and what is not. */
  output(): string;
  /** For SDK clients. */
  readonly client: ClientOptions;
  readonly tables: DynamoDBDocumentClient;
  readonly queues: SQSClient;
  /** Physical names by logical id, as the ready message prints them. */
  readonly tableNames: { ConnectionsTable: string; ChatTable: string };
  addFault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** The open sockets, as the gateway sees them. */
  connections(): Promise<{ connectionId: string }[]>;
  /** Kills a socket without `$disconnect`. */
  drop(connectionId: string): Promise<void>;
  /** How often each action was called, by `service.Action`. */
  calls(): Promise<Record<string, number>>;
  /** The state machines' last executions that have ended, newest first. */
  executions(): Promise<Execution[]>;
  /** How many executions are under way. */
  underWay(): Promise<number>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, for tests whose thousands of connections need no `$disconnect` each. */
  kill(): Promise<void>;
}

/** One execution of the state machine as `/_local/executions` shows it. */
export interface Execution {
  status: string;
  error?: string;
}

/** Starts a runtime on a free port, as a process of the suite; `args` are its command-line options. */
export async function startStack(args: string[] = []): Promise<Stack> {
  const { child, output } = await startRuntimeProcess(args);
  return attach(child.pid as number, output, async (signal) => {
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = await exited;
    return code;
  });
}

/** Builds the handles to a running runtime from the ready message it printed. */
function attach(
  pid: number,
  output: () => string,
  end: (signal: NodeJS.Signals) => Promise<number | null>,
): Stack {
  const ready = output();
  const port = /Ready on http:\/\/localhost:(\d+)/.exec(ready)?.[1];
  const httpUrl = `http://127.0.0.1:${port}`;
  const broadcastCommand = /curl -X POST .*/.exec(ready)?.[0] ?? '';
  const aws = {
    region: 'us-east-1',
    endpoint: httpUrl,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  const queues = new SQSClient(aws);
  const tableName = (logicalId: string) =>
    new RegExp(`Scan ${logicalId}:\\s+.*--table-name (\\S+)`).exec(ready)?.[1] ?? '';
  const tableNames = { ConnectionsTable: tableName('ConnectionsTable'), ChatTable: tableName('ChatTable') };
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    tables.destroy();
    queues.destroy();
    return end(signal);
  };
  const local = (path: string, init?: RequestInit) => call(`${httpUrl}/_local/${path}`, init);

  return {
    wsUrl: `ws://127.0.0.1:${port}/production`,
    httpUrl,
    pid,
    broadcastKey: /Bearer (\w+)/.exec(broadcastCommand)?.[1] ?? '',
    broadcastCommand,
    output,
    client: aws,
    tables,
    queues,
    tableNames,
    ...createTableAccess(tables, (table) => tableNames[table]),
    addFault: async (fault) => {
      await local('faults', { method: 'POST', body: JSON.stringify(fault) });
    },
    clearFaults: async () => {
      await local('faults', { method: 'DELETE' });
    },
    connections: async () => (await local('connections')).json() as Promise<{ connectionId: string }[]>,
    drop: async (connectionId) => {
      await local(`connections/${encodeURIComponent(connectionId)}/drop`, { method: 'POST' });
    },
    calls: async () => (await local('calls')).json() as Promise<Record<string, number>>,
    executions: async () => (await local('executions')).json() as Promise<Execution[]>,
    underWay: async () => {
      const all = (await (await local('executions/')).json()) as Execution[];
      return all.filter(({ status }) => status === 'RUNNING').length;
    },
    stop: () => stop('SIGTERM'),
    kill: async () => {
      await stop('SIGKILL');
    },
  };
}

async function call(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

/**
 * Returns the runtime that the test files of one jest worker share, with default options. A worker runs one file at a
 * time, so a file has the runtime to itself; earlier files leave rooms and messages in it, as in a deployed stack.
 */
async function sharedStack(): Promise<Stack> {
  const { pid, output } = await sharedRuntime();
  const stack = attach(pid, output, async () => null);
  await stack.clearFaults();
  await quiet(stack);
  return stack;
}

/** What a conversation needs: an address, and behind it whichever stack there is. */
export interface StackUnderTest extends StackInternals {
  readonly wsUrl: string;
  /** Of the HTTP API, and the key it wants. */
  readonly httpUrl: string;
  readonly broadcastKey: string;
  /** The runtime, its tables and its switches; undefined if the stack is a deployed one. */
  readonly local?: Stack;
  /** For SDK clients. */
  readonly client: ClientOptions;
  stop(): Promise<void>;
}

type ClientOptions = StackInfo['clientConfig'];

/** Whether tests may look inside: into the runtime, or into the deployed stack that `STACK_NAME` names. */
export const withTables = !process.env.WS_URL || Boolean(process.env.STACK_NAME);

/**
 * The stack deployed at `WS_URL` (and `HTTP_URL`, `BROADCAST_KEY`), if that is set; otherwise the runtime that the files of a
 * worker share, or a separate one if `args` are given. With `STACK_NAME` the deployed one is looked into as well; without, what looks inside rejects.
 */
export async function stackUnderTest(args: string[] = []): Promise<StackUnderTest> {
  const { WS_URL, HTTP_URL = '', BROADCAST_KEY = '', STACK_NAME } = process.env;
  if (WS_URL) {
    const addresses = { wsUrl: WS_URL, httpUrl: HTTP_URL, broadcastKey: BROADCAST_KEY, client: {} };
    if (!STACK_NAME) return { ...addresses, ...closed, stop: async () => undefined };
    const { close, ...inside } = await openDeployedStack(STACK_NAME);
    return { ...addresses, ...inside, stop: async () => close() };
  }
  const local = args.length === 0 ? await sharedStack() : await startStack(args);
  return {
    ...{ wsUrl: local.wsUrl, httpUrl: local.httpUrl, broadcastKey: local.broadcastKey },
    ...{ scan: local.scan, put: local.put, update: local.update, remove: local.remove },
    local,
    client: local.client,
    parameters: Object.fromEntries(args.filter((arg) => arg.includes('=')).map((arg) => arg.split('=', 2))),
    secretId: async () => {
      const { SecretList = [] } = await new SecretsManagerClient(local.client).send(
        new ListSecretsCommand({}),
      );
      return SecretList[0]?.ARN ?? '';
    },
    logged: async (phrase) =>
      local
        .output()
        .split('\n')
        .filter((line) => line.includes(phrase)),
    async stop() {
      await local.stop();
    },
  };
}

/** Nobody says whose inside it would be. */
const reject = () => Promise.reject(new Error('STACK_NAME is not set'));
const closed: StackInternals = {
  ...{ scan: reject, put: reject, update: reject, remove: reject },
  ...{ parameters: {}, secretId: reject, logged: reject },
};

/** Waits until what the connections of earlier tests leave behind has gone, so that tables may be compared. */
export async function quiet({ scan }: Pick<StackUnderTest, 'scan'>): Promise<void> {
  const all = async () => JSON.stringify([await scan('ConnectionsTable'), await scan('ChatTable')]);
  for (let [before, now] = ['', await all()]; before !== now; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    [before, now] = [now, await all()];
  }
}

/** A test that uses what only the runtime has: `why` says what of it. */
export function itLocally(name: string, why: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (process.env.WS_URL) it.skip(`${name} (skipped: WS_URL offers no ${why})`, test);
  else it(name, test, timeoutMs);
}

/** A test that looks inside the stack: into its tables, parameters or logs. */
export function itWithTables(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (withTables) it(name, test, timeoutMs);
  else it.skip(`${name} (skipped: no STACK_NAME, whose stack to look into)`, test);
}

/** Tests that are about this machine: `why` says what of it they need. */
export function describeLocally(name: string, why: string, tests: () => void): void {
  if (process.env.WS_URL) describe.skip(`${name} (skipped: WS_URL offers no ${why})`, tests);
  else describe(name, tests);
}

/** A test that takes longer than `npm test` may: `npm run test:long` and CI run it. */
export function itAtLength(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (process.env.LONG) it(name, test, timeoutMs);
  else it.skip(`${name} (skipped: takes long, npm run test:long does it)`, test);
}

/** Tests that take longer than `npm test` may: `npm run test:long` and CI run them. */
export function describeAtLength(name: string, tests: () => void): void {
  if (process.env.LONG) describe(name, tests);
  else describe.skip(`${name} (skipped: takes long, npm run test:long does it)`, tests);
}
