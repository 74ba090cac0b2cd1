import { once } from 'node:events';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Fault } from 'sam-offline';
import { type Settings, withSettings } from '../scripts/settings';
import type { StackInfo } from '../scripts/stack';
import { saveOccurrences } from './occurrences';
import { readUrl, startRuntimeProcess } from './runtime-process';
import { createTableAccess, type TableAccess } from './table-access';

/** A local runtime with the application, as `npm start` starts it, on a free port. */
export interface Stack extends TableAccess {
  readonly wsUrl: string;
  readonly httpUrl: string;
  readonly pid: number;
  /** The broadcast key from the ready message. */
  readonly broadcastKey: string;
  /** The command in the ready message that sends a broadcast. */
  readonly broadcastCommand: string;
  /** Returns everything that the process has written to stdout and stderr. */
  output(): string;
  /** The configuration for SDK clients. */
  readonly client: StackInfo['clientConfig'];
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
  /** Settings that override the defaults of the template. */
  settings?: Settings;
  /** Whether the runtime is in strict mode. Default: true. */
  isStrict?: boolean;
}

/** Starts a runtime on a free port as a child process. `args` contains its command-line options. */
export async function startStack(
  args: string[] = [],
  { settings, isStrict = true }: StackOptions = {},
): Promise<Stack> {
  const { child, output } = settings
    ? await withSettings(settings, (file) => startRuntimeProcess(['--template', file, ...args], isStrict))
    : await startRuntimeProcess(args, isStrict);
  return attachStack(child.pid as number, output, async (signal) => {
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = await exited;
    return code;
  });
}

/** Creates the stack of a running runtime from the ready message that the runtime has printed. */
export function attachStack(
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
