import { setTimeout as sleep } from 'node:timers/promises';
import type WebSocket from 'ws';
import { TimeoutError, withTimeout } from '../with-timeout';
import { createDialect, type Dialect, type DialectName } from './dialects';
import { createText, type MessageTimes, Receipts } from './receipts';

/** The size of a text in bytes. */
const TEXT_BYTES = 200;
const HANDSHAKES_AT_ONCE = 5;

/** The receipts of messages that were sent at a constant rate. */
export interface RateReceipts {
  /** The milliseconds from sending a message to each of its receipts. */
  readonly latencies: number[];
  /** The number of receipts that were missing when the wait ended. */
  readonly missing: number;
}

/** The connections of all rooms. */
export class Swarm {
  private readonly rooms: { name: string; members: WebSocket[] }[] = [];
  private readonly receipts = new Receipts(() => performance.now());
  private readonly dialect: Dialect;
  private connections = 0;
  private messages = 0;

  constructor(dialect: DialectName, urls: readonly string[]) {
    this.dialect = createDialect(dialect, urls);
  }

  /** Opens connections until the given number of rooms have `members` connections each. */
  async open(rooms: number, members: number): Promise<void> {
    while (this.rooms.length < rooms) {
      const { name, first } = await this.dialect.createRoom(this.rooms.length);
      this.rooms.push({ name, members: [this.listen(first)] });
    }
    for (const room of this.rooms) {
      while (room.members.length < members) {
        const count = Math.min(HANDSHAKES_AT_ONCE, members - room.members.length);
        const joining = Array.from({ length: count }, () => this.dialect.join(room.name));
        room.members.push(...(await Promise.all(joining)).map((socket) => this.listen(socket)));
      }
    }
    await this.dialect.prepare?.();
  }

  /** Sends a message to the first room. @throws TimeoutError if a member does not receive it in time */
  async send(timeoutMs: number): Promise<MessageTimes> {
    const { id, complete } = this.sendTo(0, 0);
    const isInTime = await isComplete(complete, timeoutMs);
    const { received, missing, ackMs } = this.receipts.take(id);
    if (isInTime) return { firstMs: received[0] as number, lastMs: received.at(-1) as number, ackMs };
    throw new TimeoutError(`timed out: ${received.length} of ${received.length + missing} receipts`);
  }

  /** Sends messages to the rooms in turn at a constant rate. Waits until all messages have arrived or `drainMs` has passed. */
  async sendAtRate(perSecond: number, seconds: number, drainMs: number): Promise<RateReceipts> {
    const startedAt = performance.now();
    const sent: ReturnType<Swarm['sendTo']>[] = [];
    for (let index = 0; index < perSecond * seconds; index += 1) {
      const dueIn = startedAt + (1000 * index) / perSecond - performance.now();
      if (dueIn > 0) await sleep(dueIn);
      sent.push(this.sendTo(index % this.rooms.length, Math.floor(index / this.rooms.length)));
    }
    await isComplete(Promise.all(sent.map(({ complete }) => complete)), drainMs);
    const taken = sent.map(({ id }) => this.receipts.take(id));
    return {
      latencies: taken.flatMap(({ received }) => received),
      missing: taken.reduce((sum, { missing }) => sum + missing, 0),
    };
  }

  private sendTo(roomIndex: number, senderIndex: number) {
    const room = this.rooms[roomIndex] as (typeof this.rooms)[number];
    const sender = room.members[senderIndex % room.members.length] as WebSocket;
    const id = this.messages;
    this.messages += 1;
    this.receipts.expect(id, room.members.length, this.dialect.acknowledges);
    const complete = new Promise<void>((resolve) => this.receipts.onComplete(id, resolve));
    this.dialect.send(sender, room.name, id, createText(id, TEXT_BYTES));
    return { id, complete };
  }

  private listen(socket: WebSocket): WebSocket {
    const connection = this.connections;
    this.connections += 1;
    socket.on('message', (data) => this.receipts.receive(connection, String(data)));
    socket.on('error', () => undefined); // the wait for its receipts times out
    return socket;
  }
}

async function isComplete(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  return withTimeout('receipts', timeoutMs, work).then(
    () => true,
    () => false,
  );
}
