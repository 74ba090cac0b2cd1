import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Runtime, startRuntime } from 'sam-offline';
import { Connection } from '../smoke/connection';
import type { Memory } from './bill';
import { countUsage, type MetricSum, type Snapshot, type Usage } from './usage';

const template = join(__dirname, '..', '..', 'template.yaml');

/** Limits that are not reached by one sender and by members behind one address. */
const PARAMETERS = {
  GuestsPerAddress: '100000',
  RequestRate: '1000',
  RequestBurst: '10000',
  MessageRate: '1000',
};
const CONNECTS_AT_ONCE = 5;
const WARM_UP_MESSAGES = 3;
const POLL_MS = 50;
/** Longer than the index lag of the runtime, and than the delay of logs after their invocation. */
const SETTLE_MS = 500;

/** The application in a local runtime, without faults, so that every call is one that the application needs. */
export class MeteredApp {
  private logBytes = 0;
  private runtime?: Runtime;

  static async start(): Promise<MeteredApp> {
    const app = new MeteredApp();
    app.runtime = await startRuntime({
      template,
      port: 0,
      parameters: PARAMETERS,
      onLog: ({ line }) => {
        app.logBytes += Buffer.byteLength(line) + 1;
      },
    });
    return app;
  }

  async stop(): Promise<void> {
    await this.runtime?.close();
  }

  get memory(): Memory {
    const { functions } = this.model;
    const post = functions.find(({ logicalId }) => logicalId === 'PostFunction');
    return {
      megabytes: Object.fromEntries(functions.map(({ logicalId, memoryMb }) => [logicalId, memoryMb])),
      postConcurrency: Number(post?.environment.POST_CONCURRENCY),
    };
  }

  /**
   * Sends messages to a new room, one after the other, and counts their usage.
   *
   * @param members connections in the room, of which one sends
   * @param bytes size of each text
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
    const connections: Connection[] = [];
    try {
      const sender = await this.connect();
      connections.push(sender);
      const { room } = await sender.request('createRoom');
      while (connections.length < members) {
        const count = Math.min(CONNECTS_AT_ONCE, members - connections.length);
        const opened = await Promise.all(Array.from({ length: count }, () => this.connect(room as string)));
        connections.push(...opened);
      }
      await this.settle();
      const send = async (count: number) => {
        for (let index = 0; index < count; index += 1) {
          const message = { room, text: 'x'.repeat(bytes), clientMsgId: randomUUID() };
          await sender.request('sendmessage', message);
          await this.settle();
        }
      };
      await send(WARM_UP_MESSAGES);
      const before = await this.snapshot();
      await send(messages);
      const names = new Map(this.model.functions.map(({ name, logicalId }) => [name, logicalId]));
      return countUsage([before, await this.snapshot()], { members, messages }, names);
    } finally {
      for (const connection of connections) connection.close();
      await this.settle();
    }
  }

  private get model() {
    return (this.runtime as Runtime).app;
  }

  private get url(): string {
    return `http://127.0.0.1:${this.runtime?.port}`;
  }

  private connect(room?: string): Promise<Connection> {
    const url = new URL(`${this.url.replace('http', 'ws')}/production`);
    if (room !== undefined) url.searchParams.set('room', room);
    return Connection.open(url.href, ['roomcast.v1']);
  }

  /** Waits until no execution has started or ended for a while. */
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
    return {
      metrics: await this.fetchJson<MetricSum[]>('metrics'),
      calls: await this.fetchJson<Record<string, number>>('calls'),
      logBytes: this.logBytes,
    };
  }

  private async fetchJson<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.url}/_local/${path}`)).json()) as T;
  }
}
