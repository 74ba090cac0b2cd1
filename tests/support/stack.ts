import { once } from 'node:events';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Fault } from 'sam-offline';
import { type Settings, withSettings } from '../../scripts/settings';
import type { StackInfo } from '../../scripts/stack';
import { describeAtLength, itAtLength } from './at-length';
import { eventually } from './client';
import { openDeployedStack, type StackInternals } from './deployed-stack';
import { saveOccurrences } from './occurrences';
import { readUrl, sharedRuntime, startRuntimeProcess } from './runtime-process';
import { createTableAccess, type TableAccess } from './table-access';

export const root = join(__dirname, '..', '..');

/** A local runtime with the application, as `npm start` starts it, on a free port. */
export interface Stack extends TableAccess {
  readonly wsUrl: string;
  readonly httpUrl: string;
  readonly pid: number;
  /** The broadcast key from the ready message. */
  readonly broadcastKey: string;
  /** The command in the ready message that sends a broadcast. */
  readonly broadcastCommand: string;
  /** Returns everything the process has written to stdout and stderr. */
  output(): string;
  /** The configuration for SDK clients. */
  readonly client: ClientOptions;
  readonly tables: DynamoDBDocumentClient;
  readonly queues: SQSClient;
  /** The table names from the ready message, by logical ID. */
  readonly tableNames: { ConnectionsTable: string; ChatTable: string };
  addFault(fault: Fault): Promise<void>;
  /** Removes the faults that tests added. The random faults of strict mode continue. */
  clearFaults(): Promise<void>;
  /** Turns off throttling and duplicate deliveries until `clearFaults`, for tests that count calls or deliveries. */
  disableRandomFaults(): Promise<void>;
  /** Lists the open connections. */
  connections(): Promise<{ connectionId: string }[]>;
  /** Drops a connection without invoking `$disconnect`. */
  drop(connectionId: string): Promise<void>;
  /** Returns the number of service calls, by `service.Action`. */
  calls(): Promise<Record<string, number>>;
  /** Returns how often nondeterministic events, such as duplicate deliveries, occurred, by `service.Event`. */
  occurrences(): Promise<Record<string, number>>;
  /** Lists the latest finished executions of the state machines, newest first. */
  executions(): Promise<Execution[]>;
  /** Returns the number of running executions. */
  underWay(): Promise<number>;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
  /** Sends SIGKILL, which skips `$disconnect` for the open connections. */
  kill(): Promise<void>;
}

/** An execution of the state machine, as `/_local/executions` returns it. */
export interface Execution {
  executionArn: string;
  status: string;
  error?: string;
}

interface StackOptions {
  /** Settings of the template that differ. */
  settings?: Settings;
  /** Whether the runtime is in strict mode. Default: true. */
  isStrict?: boolean;
}

/** Starts a runtime on a free port, as a process of the suite; `args` are its command-line options. */
export async function startStack(
  args: string[] = [],
  { settings, isStrict = true }: StackOptions = {},
): Promise<Stack> {
  const { child, output } = settings
    ? await withSettings(settings, (file) => startRuntimeProcess(['--template', file, ...args], isStrict))
    : await startRuntimeProcess(args, isStrict);
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
  const httpUrl = readUrl(ready);
  const broadcastCommand = /curl -X POST .*/.exec(ready)?.[0] ?? '';
  const aws = {
    region: 'us-east-1',
    endpoint: httpUrl,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  const queues = new SQSClient(aws);
  const tableName = (logicalId: string) =>
    new RegExp(`--table-name (local-${logicalId}-\\S+)`).exec(ready)?.[1] ?? '';
  const tableNames = { ConnectionsTable: tableName('ConnectionsTable'), ChatTable: tableName('ChatTable') };
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    tables.destroy();
    queues.destroy();
    await saveOccurrences(httpUrl, pid);
    return end(signal);
  };
  const local = (path: string, init?: RequestInit) => call(`${httpUrl}/_local/${path}`, init);

  const listExecutions = async () => (await local('executions')).json() as Promise<Execution[]>;

  const addFault = async (fault: Fault) => {
    await local('faults', { method: 'POST', body: JSON.stringify(fault) });
  };

  return {
    wsUrl: `${httpUrl.replace('http', 'ws')}/production`,
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
    addFault,
    disableRandomFaults: async () => {
      const throttles = ['dynamodb', 'events', 'execute-api', 'states'];
      for (const service of throttles) await addFault({ service, kind: 'throttle', share: 0 });
      await addFault({ service: 'events', kind: 'duplicate', share: 0 });
    },
    clearFaults: async () => {
      await local('faults', { method: 'DELETE' });
    },
    connections: async () => (await local('connections')).json() as Promise<{ connectionId: string }[]>,
    drop: async (connectionId) => {
      await local(`connections/${encodeURIComponent(connectionId)}/drop`, { method: 'POST' });
    },
    calls: async () => (await local('calls')).json() as Promise<Record<string, number>>,
    occurrences: async () => (await local('occurrences')).json() as Promise<Record<string, number>>,
    executions: async () => (await listExecutions()).filter(({ status }) => status !== 'RUNNING'),
    underWay: async () => (await listExecutions()).filter(({ status }) => status === 'RUNNING').length,
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
  await waitForQuietTables(stack);
  return stack;
}

/** The stack under test, deployed or local. */
export interface StackUnderTest extends StackInternals {
  readonly wsUrl: string;
  /** The URL of the HTTP API. */
  readonly httpUrl: string;
  readonly broadcastKey: string;
  /** The local runtime. Undefined for a deployed stack. */
  readonly local?: Stack;
  /** The configuration for SDK clients. */
  readonly client: ClientOptions;
  stop(): Promise<void>;
}

type ClientOptions = StackInfo['clientConfig'];

/** Whether tests have access to the internals: with the local runtime, or if `STACK_NAME` names the deployed stack. */
export const withTables = !process.env.WS_URL || Boolean(process.env.STACK_NAME);

/**
 * Opens the deployed stack at `WS_URL`, `HTTP_URL` and `BROADCAST_KEY`, if `WS_URL` is set. Otherwise opens the runtime that
 * the files of a worker share, or a separate one if `args` or `settings` are given. The internals of a deployed stack need
 * `STACK_NAME`.
 */
export async function stackUnderTest(args: string[] = [], settings?: Settings): Promise<StackUnderTest> {
  const { WS_URL, HTTP_URL = '', BROADCAST_KEY = '', STACK_NAME } = process.env;
  if (WS_URL) {
    const addresses = { wsUrl: WS_URL, httpUrl: HTTP_URL, broadcastKey: BROADCAST_KEY, client: {} };
    if (!STACK_NAME) return { ...addresses, ...noInternals, stop: async () => undefined };
    const { close, ...internals } = await openDeployedStack(STACK_NAME);
    return { ...addresses, ...internals, stop: async () => close() };
  }
  const isShared = args.length === 0 && settings === undefined;
  const local = isShared ? await sharedStack() : await startStack(args, { settings });
  return {
    ...{ wsUrl: local.wsUrl, httpUrl: local.httpUrl, broadcastKey: local.broadcastKey },
    ...{ scan: local.scan, scanIndex: local.scanIndex },
    ...{ put: local.put, update: local.update, remove: local.remove },
    local,
    client: local.client,
    parameters: Object.fromEntries(args.filter((arg) => arg.includes('=')).map((arg) => arg.split('=', 2))),
    secretId: async () => {
      const { SecretList = [] } = await new SecretsManagerClient(local.client).send(
        new ListSecretsCommand({}),
      );
      return SecretList.find(({ Name }) => Name?.includes('BroadcastKey'))?.ARN ?? '';
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

const reject = () => Promise.reject(new Error('Set STACK_NAME to access the internals of the stack.'));
const noInternals: StackInternals = {
  ...{ scan: reject, scanIndex: reject, put: reject, update: reject, remove: reject },
  ...{ parameters: {}, secretId: reject, logged: reject },
};

/** Waits until the tables stop changing after the connections of earlier tests have closed. */
export async function waitForQuietTables({ scan }: Pick<StackUnderTest, 'scan'>): Promise<void> {
  const all = async () => JSON.stringify([await scan('ConnectionsTable'), await scan('ChatTable')]);
  for (let [before, now] = ['', await all()]; before !== now; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    [before, now] = [now, await all()];
  }
}

/**
 * Waits until the index that the fan-out queries agrees with the table: a connection receives no pushes of a room before the
 * index lists it there, and may receive some after it left. Does nothing without access to the tables.
 */
export async function waitForIndex({ scan, scanIndex }: TableAccess): Promise<void> {
  if (!withTables) return;
  await eventually(async () => {
    const [rows, indexed] = [
      await scan('ConnectionsTable'),
      await scanIndex('ConnectionsTable', 'RoomIndex'),
    ];
    const listKeys = (items: typeof rows) =>
      items.map(({ connectionId, room, expiresAt }) => `${connectionId} ${room} ${expiresAt}`).sort();
    const members = rows.filter(({ roomShard }) => roomShard !== undefined);
    return JSON.stringify(listKeys(members)) === JSON.stringify(listKeys(indexed));
  });
}

/** Defines a test that needs the local runtime. `feature` is the feature that a deployed stack lacks. */
export function itLocally(
  name: string,
  feature: string,
  test: () => Promise<void>,
  timeoutMs?: number,
): void {
  if (process.env.WS_URL) it.skip(`${name} (skipped: a deployed stack has no ${feature})`, test);
  else it(name, test, timeoutMs);
}

/** Defines a test that needs the internals of the stack: tables, parameters or logs. */
export function itWithTables(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (withTables) it(name, test, timeoutMs);
  else it.skip(`${name} (skipped: STACK_NAME is not set)`, test);
}

/** Defines tests that need the local runtime. `feature` is the feature that a deployed stack lacks. */
export function describeLocally(name: string, feature: string, tests: () => void): void {
  if (process.env.WS_URL) describe.skip(`${name} (skipped: a deployed stack has no ${feature})`, tests);
  else describe(name, tests);
}

/** Like `describeAtLength`, for tests that need the local runtime. */
export function describeLocallyAtLength(name: string, feature: string, tests: () => void): void {
  if (process.env.WS_URL) describeLocally(name, feature, tests);
  else describeAtLength(name, tests);
}

/** Like `itAtLength`, for a test that needs the local runtime. */
export function itLocallyAtLength(
  name: string,
  feature: string,
  test: () => Promise<void>,
  timeoutMs?: number,
): void {
  if (process.env.WS_URL) itLocally(name, feature, test, timeoutMs);
  else itAtLength(name, test, timeoutMs);
}
