import { Client, type ConnectOptions } from '../../src/client';
import type { Entry } from '../../src/protocol';
import type { Room } from '../../src/room';
import { Machine, URL } from './network';
import { MemoryServer } from './server';
import { VirtualTime } from './time';

/** A client and whoever else talks, in virtual time. */
export class Scene {
  readonly time = new VirtualTime();
  readonly server = new MemoryServer(this.time);
  private readonly clients: Client[] = [];
  private seeds = 0;

  /** A machine in reach of the server, with randomness of its own. */
  machine(): Machine {
    this.seeds += 10;
    return new Machine(this.server, this.seeds);
  }

  connect(machine = this.machine(), options: ConnectOptions = {}): Client {
    const client = new Client(URL, options, machine);
    this.clients.push(client);
    return client;
  }

  /** Waits for what should come within `ms`. */
  async within<T>(ms: number, promise: Promise<T>): Promise<T> {
    await this.time.pass(ms);
    return promise;
  }

  createRoom(client: Client): Promise<Room> {
    return this.within(1000, client.createRoom());
  }

  /** When requests of an action came, in milliseconds after `since`. */
  requestsOf(action: string, since = 0): number[] {
    return this.server.requests
      .filter(({ frame, at }) => frame.action === action && at >= since)
      .map(({ at }) => at - since);
  }

  /** Pushes an entry to every connection, as if it were the room's. */
  push(room: Room, entry: Partial<Entry> & { seq: number }, epoch = room.epoch): void {
    const filled = {
      kind: 'message',
      messageId: `m${entry.seq}`,
      from: room.you,
      text: `text ${entry.seq}`,
      ts: '',
    };
    const frame = JSON.stringify({ type: 'message', room: room.room, epoch, ...filled, ...entry });
    for (const id of this.server.connectionIds()) this.server.post(id, frame);
  }

  /** Closes the clients. */
  end(): void {
    for (const client of this.clients) client.close();
  }
}

/** The texts of a room's messages, in the order in which it gives them; those yet to come are added. */
export function textsOf(room: Room): string[] {
  const texts: string[] = [];
  room.on('message', ({ text }) => texts.push(text));
  return texts;
}
