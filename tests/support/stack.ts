import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Settings } from '../../scripts/settings';
import type { StackInfo } from '../../scripts/stack';
import { describeAtLength, itAtLength } from '../../testbed/at-length';
import { eventually } from '../../testbed/client';
import { sharedRuntime } from '../../testbed/runtime-process';
import { attachStack, type Stack, startStack } from '../../testbed/stack';
import type { TableAccess } from '../../testbed/table-access';
import { openDeployedStack, type StackInternals } from './deployed-stack';

/**
 * Returns the runtime that the test files of one Jest worker share. It has the default options. A worker runs one file at a
 * time, so no other file uses the runtime concurrently. As in a deployed stack, the runtime contains rooms and messages from
 * earlier files.
 */
async function sharedStack(): Promise<Stack> {
  const { pid, output } = await sharedRuntime();
  const stack = attachStack(pid, output, async () => null);
  await stack.clearFaults();
  await waitForQuietTables(stack);
  return stack;
}

/** The deployed or local stack under test. */
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

/**
 * Whether tests have access to the internals of the stack. They have access to a local runtime, and to a deployed stack if
 * `STACK_NAME` is set.
 */
export const withTables = !process.env.WS_URL || Boolean(process.env.STACK_NAME);

/**
 * Opens the deployed stack with `WS_URL`, `HTTP_URL` and `BROADCAST_KEY` if `WS_URL` is set. Otherwise, opens the shared
 * runtime of the worker, or a separate runtime if `args` or `settings` are given. Access to the internals of a deployed stack
 * requires `STACK_NAME`.
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
 * Waits until the index that the fan-out queries matches the table. Until then, a connection may miss pushes of a room that it
 * has joined, or receive pushes of a room that it has left. Does nothing without access to the tables.
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

/** Defines a test that requires the local runtime. `feature` is the feature that a deployed stack lacks. */
export function itLocally(
  name: string,
  feature: string,
  test: () => Promise<void>,
  timeoutMs?: number,
): void {
  if (process.env.WS_URL) it.skip(`${name} (skipped: a deployed stack has no ${feature})`, test);
  else it(name, test, timeoutMs);
}

/** Defines a test that requires access to the internals of the stack: tables, parameters or logs. */
export function itWithTables(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (withTables) it(name, test, timeoutMs);
  else it.skip(`${name} (skipped: STACK_NAME is not set)`, test);
}

/** Defines tests that require the local runtime. `feature` is the feature that a deployed stack lacks. */
export function describeLocally(name: string, feature: string, tests: () => void): void {
  if (process.env.WS_URL) describe.skip(`${name} (skipped: a deployed stack has no ${feature})`, tests);
  else describe(name, tests);
}

/** Like `describeAtLength`, for tests that require the local runtime. */
export function describeLocallyAtLength(name: string, feature: string, tests: () => void): void {
  if (process.env.WS_URL) describeLocally(name, feature, tests);
  else describeAtLength(name, tests);
}

/** Like `itAtLength`, for a test that requires the local runtime. */
export function itLocallyAtLength(
  name: string,
  feature: string,
  test: () => Promise<void>,
  timeoutMs?: number,
): void {
  if (process.env.WS_URL) itLocally(name, feature, test, timeoutMs);
  else itAtLength(name, test, timeoutMs);
}
