import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Runtime, startRuntime } from 'sam-offline';
import { addressOwner } from '../../chat/limits/charge-action';
import { withSettings } from '../../scripts/settings';
import type { Connection } from '../../scripts/smoke/connection';
import { CommandError } from '../../scripts/stack';
import type { Chat } from './chats';
import { comparePrices } from './console-price';
import {
  billedFrames,
  type ConsoleLine,
  countUsage,
  type MetricSum,
  type Snapshot,
  type Usage,
} from './usage';

const CONNECTS_AT_ONCE = 5;
const WARM_UP_MESSAGES = 3;
/** The server ignores a typing announcement within five seconds of the user's previous one. */
const TYPING_INTERVAL_MS = 5000;
const POLL_MS = 50;
/** Longer than the measurement of an attack. */
const USED_UP_MS = 3_600_000;
/** Longer than the index lag of the runtime and the delay between an invocation and its logs. */
const SETTLE_MS = 500;

/** An application in a local runtime. The runtime injects no faults, so the application makes no additional calls. */
export class MeteredApp {
  private logBytes = 0;
  private runtime?: Runtime;

  private constructor(private readonly chat: Chat) {}

  static async start(chat: Chat): Promise<MeteredApp> {
    const app = new MeteredApp(chat);
    const { template, parameters, settings } = chat;
    const start = (file: string) =>
      startRuntime({
        template: file,
        port: 0,
        parameters,
        onLog: ({ line }) => {
          app.logBytes += Buffer.byteLength(line) + 1;
        },
      });
    app.runtime = await (settings ? withSettings(settings, start) : start(template));
    return app;
  }

  async stop(): Promise<void> {
    await this.runtime?.close();
  }

  /** The memory of each function in MB, by logical ID. */
  get megabytes(): Record<string, number> {
    return Object.fromEntries(this.model.functions.map(({ logicalId, memoryMb }) => [logicalId, memoryMb]));
  }

  /** Returns the value of an environment variable of a function. */
  environmentOf(logicalId: string, variable: string): string | undefined {
    return this.model.functions.find((each) => each.logicalId === logicalId)?.environment[variable];
  }

  /**
   * Sends messages to a new room one at a time and measures the usage per message.
   *
   * @param members the number of connections in the room, one of which sends
   * @param bytes the size of each text
   */
  async measure({
    members,
    messages,
    bytes,
  }: {
    members: number;
    messages: number;
    bytes: number;
  }): Promise<Usage> {
    const { room, connections, close } = await this.openRoom(members);
    const [sender] = connections as [Connection];
    try {
      const send = async (count: number) => {
        for (let index = 0; index < count; index += 1) {
          await this.chat.send(sender, room, bytes);
          await this.settle();
        }
      };
      await send(WARM_UP_MESSAGES);
      return await this.countWhile(() => send(messages), { deliveries: members, messages });
    } finally {
      await close();
    }
  }

  /**
   * Sends one typing indicator from each member of a new room and measures the usage per indicator.
   *
   * @param members connections in the room
   */
  async measureTyping(members: number): Promise<Usage> {
    const { room, connections, close } = await this.openRoom(members);
    try {
      const type = async () => {
        for (const connection of connections) {
          connection.send({ action: 'typing', room });
          await this.settle();
        }
      };
      await type(); // a user's first charge in an execution environment takes two writes
      await sleep(TYPING_INTERVAL_MS);
      return await this.countWhile(type, { deliveries: members - 1, messages: members });
    } finally {
      await close();
    }
  }

  /**
   * Performs requests of the creator of a new room one at a time and measures the usage per request.
   *
   * @param prepare performs requests in the room that are not counted
   */
  async measureRequests(
    count: number,
    prepare: (sender: Connection, room: string) => Promise<unknown>,
    request: (sender: Connection, room: string) => Promise<unknown>,
  ): Promise<{ usage: Usage; calls: number }> {
    const { room, connections, close } = await this.openRoom(1);
    const [sender] = connections as [Connection];
    try {
      await prepare(sender, room);
      await request(sender, room);
      return await this.countCalls(count, () => request(sender, room));
    } finally {
      await close();
    }
  }

  /**
   * Uses a feature several times in a new room and measures the usage per use.
   *
   * @param members connections in the room
   * @param prepare performs requests that are not counted
   */
  async measureUses(
    members: number,
    prepare: (connections: readonly Connection[], room: string) => Promise<unknown>,
    use: (connections: readonly Connection[], room: string) => Promise<unknown>,
    counts: { deliveries: number; messages: number },
  ): Promise<Usage> {
    const { room, connections, close } = await this.openRoom(members);
    try {
      await prepare(connections, room);
      await this.settle();
      return await this.countWhile(async () => {
        await use(connections, room);
        await this.settle();
      }, counts);
    } finally {
      await close();
    }
  }

  /** Opens and closes connections to a new room one at a time and measures the usage per connection. */
  async measureConnections(count: number): Promise<{ usage: Usage; calls: number }> {
    const { room, close } = await this.openRoom(1);
    try {
      const { usage, calls } = await this.countCalls(count, async () =>
        (await this.chat.join(this.url, room)).close(),
      );
      return { usage: { ...usage, framesIn: 0, replies: 0 }, calls };
    } finally {
      await close();
    }
  }

  /** Measures the usage per handshake that the server refuses because the budget of the IP address is used up. */
  async measureRefusedHandshakes(count: number): Promise<{ usage: Usage; calls: number }> {
    const { room, close } = await this.openRoom(1);
    const refill = await this.useUpAddressBudgets();
    try {
      const { usage, calls } = await this.countCalls(count, async () => {
        const isRefused = await this.chat.join(this.url, room).then(
          () => false,
          () => true,
        );
        if (!isRefused) throw new CommandError('A handshake was accepted without a budget.');
      });
      return { usage: { ...usage, framesIn: 0, replies: 0 }, calls };
    } finally {
      await refill();
      await close();
    }
  }

  /** Uses up the budgets of all IP addresses. Returns a function that restores them. */
  async useUpAddressBudgets(): Promise<() => Promise<void>> {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ region: 'us-east-1', endpoint: this.url, credentials });
    const tables = DynamoDBDocumentClient.from(client);
    const TableName = this.environmentOf('SendmessageFunction', 'CHAT_TABLE');
    const FilterExpression = 'begins_with(pk, :address) AND attribute_exists(lots)';
    const ExpressionAttributeValues = { ':address': addressOwner('') };
    const scan = { TableName, FilterExpression, ExpressionAttributeValues };
    const items: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: tables }, scan)) items.push(...Items);
    if (items.length === 0) throw new CommandError('No IP address has a budget.');
    const setArrival = async (arrival: number) => {
      for (const { pk, sk } of items) {
        const values = { ':arrival': arrival };
        await tables.send(
          new UpdateCommand({
            TableName,
            Key: { pk, sk },
            UpdateExpression: 'SET lots = :arrival',
            ExpressionAttributeValues: values,
          }),
        );
      }
    };
    await setArrival(Date.now() + USED_UP_MS);
    return async () => {
      await setArrival(0);
      client.destroy();
    };
  }

  /** Measures the usage and the number of service calls per request. */
  private async countCalls(count: number, request: () => Promise<unknown>) {
    await this.settle();
    const sum = async () => {
      const calls = await this.fetchJson<Record<string, number>>('calls');
      const counted = Object.entries(calls).filter(([name]) => !name.startsWith('lambda.'));
      return counted.reduce((total, [, each]) => total + each, 0);
    };
    const before = await sum();
    const usage = await this.countWhile(
      async () => {
        for (let index = 0; index < count; index += 1) {
          await request();
          await this.settle();
        }
      },
      { deliveries: 0, messages: count, hasLargeFrames: true },
    );
    return { usage, calls: ((await sum()) - before) / count };
  }

  private async openRoom(members: number) {
    const connections: Connection[] = [];
    const close = async () => {
      for (const connection of connections) connection.close();
      await this.settle();
    };
    try {
      const { room, creator } = await this.chat.createRoom(this.url);
      connections.push(creator);
      while (connections.length < members) {
        const count = Math.min(CONNECTS_AT_ONCE, members - connections.length);
        const joining = Array.from({ length: count }, () => this.chat.join(this.url, room));
        const opened = await Promise.all(joining);
        connections.push(...opened);
      }
      await this.settle();
      return { room, connections, close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  private async countWhile(
    work: () => Promise<void>,
    {
      deliveries,
      messages,
      hasLargeFrames,
    }: { deliveries: number; messages: number; hasLargeFrames?: boolean },
  ): Promise<Usage> {
    const before = await this.snapshot();
    await work();
    const after = await this.snapshot();
    const names = new Map(this.model.functions.map(({ name, logicalId }) => [name, logicalId]));
    const counted = countUsage([before, after], { deliveries, messages }, names);
    const usage = hasLargeFrames
      ? { ...counted, replies: billedFrames([before, after], messages) - 1 }
      : counted;
    const difference = comparePrices(usage, [before.consoleLines, after.consoleLines], messages);
    if (difference !== undefined) throw new CommandError(difference);
    return usage;
  }

  private get model() {
    return (this.runtime as Runtime).app;
  }

  private get url(): string {
    return `http://127.0.0.1:${this.runtime?.port}`;
  }

  /** Waits until no execution is running and no service has been called for `SETTLE_MS`. */
  private async settle(): Promise<void> {
    const read = async () =>
      (await this.fetchJson<{ status: string }[]>('executions/')).map(({ status }) => status);
    let calls = '';
    for (let quietMs = 0; quietMs < SETTLE_MS; quietMs += POLL_MS) {
      await sleep(POLL_MS);
      const [statuses, current] = [await read(), JSON.stringify(await this.fetchJson('calls'))];
      if (statuses.includes('RUNNING') || current !== calls) quietMs = 0;
      calls = current;
    }
  }

  private async snapshot(): Promise<Snapshot> {
    const { lines, bytesOut } = await this.fetchJson<{ lines: ConsoleLine[]; bytesOut: number }>('cost');
    return {
      metrics: await this.fetchJson<MetricSum[]>('metrics'),
      calls: await this.fetchJson<Record<string, number>>('calls'),
      logBytes: this.logBytes,
      bytesOut,
      consoleLines: lines,
    };
  }

  private async fetchJson<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.url}/_local/${path}`)).json()) as T;
  }
}
