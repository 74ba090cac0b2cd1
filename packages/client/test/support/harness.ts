import { Client, type ConnectOptions } from '../../src/client';
import type { Entry } from '../../src/protocol';
import type { Room } from '../../src/room';
import { Device, SERVER_URL } from './device';
import { MemoryServer } from './server';
import { VirtualTime } from './time';

/** Clients and an in-memory server in virtual time. */
export class Harness {
  readonly time = new VirtualTime();
  readonly server = new MemoryServer(this.time);
  private readonly clients: Client[] = [];
  private lastSeed = 0;

  /** Creates a device with a different random seed each time. */
  createDevice(): Device {
    this.lastSeed += 10;
    return new Device(this.server, this.lastSeed);
  }

  connect(device = this.createDevice(), options: ConnectOptions = {}): Client {
    const client = new Client(SERVER_URL, options, device);
    this.clients.push(client);
    return client;
  }

  /** Advances the time by `ms`, then awaits the promise. */
  async settleWithin<T>(ms: number, promise: Promise<T>): Promise<T> {
    await this.time.advance(ms);
    return promise;
  }

  createRoom(client: Client): Promise<Room> {
    return this.settleWithin(1000, client.createRoom());
  }

  /** Creates a room with Ada and Bob. */
  async createPair() {
    const ada = this.connect(undefined, { username: 'Ada' });
    const adasRoom = await this.createRoom(ada);
    const bob = this.connect(undefined, { username: 'Bob' });
    const bobsRoom = await this.settleWithin(1000, bob.join(adasRoom.room));
    return { ada, adasRoom, bob, bobsRoom };
  }

  /** Returns when requests of an action arrived, in milliseconds after `since`. */
  requestTimes(action: string, since = 0): number[] {
    return this.server.requests
      .filter(({ frame, at }) => frame.action === action && at >= since)
      .map(({ at }) => at - since);
  }

  /** Pushes an entry to every connection as if it belonged to the room. */
  push(room: Room, entry: Partial<Entry> & { seq: number }, epoch = room.epoch): void {
    const defaults = {
      kind: 'message',
      messageId: `m${entry.seq}`,
      from: room.you,
      text: `text ${entry.seq}`,
      ts: '',
    };
    const frame = JSON.stringify({ type: 'message', room: room.room, epoch, ...defaults, ...entry });
    for (const id of this.server.connectionIds()) this.server.post(id, frame);
  }

  closeClients(): void {
    for (const client of this.clients) client.close();
  }
}

/** Returns an array that collects the texts of the room's messages as they arrive. */
export function collectTexts(room: Room): string[] {
  const texts: string[] = [];
  room.on('message', ({ text }) => texts.push(text));
  return texts;
}
