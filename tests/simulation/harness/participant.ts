import type { Client, Entry, ProblemError, Room } from '../../../packages/client/src';
import { createRandom } from '../../../testbed/random';
import type { Bundles } from './bundles';
import type { Device } from './device';
import type { History, SeenEntry } from './history';
import { Realm } from './realm';

type Connect = (url: string, options: object) => Client;

const URL_OF_STAGE = 'wss://simulated.example/production';
const MAX_SKEW_MS = 5000;
const PAGE = 100;

/** A user of the client library. Records the actions and observations of the user. */
export class RecordedUser {
  userId = '';
  private readonly watched = new WeakSet<Room>();

  constructor(
    readonly name: string,
    readonly client: Client,
    private readonly history: History,
  ) {
    this.client.on('pong', ({ you }) => {
      if (this.userId !== you.userId) history.add({ type: 'online', client: name, user: you.userId });
      this.userId = you.userId;
    });
  }

  async createRoom(): Promise<string> {
    const room = await this.client.createRoom();
    this.history.add({ type: 'join', client: this.name, room: room.room });
    this.watch(room);
    return room.room;
  }

  async join(number: string): Promise<void> {
    this.history.add({ type: 'join', client: this.name, room: number });
    await this.settle(number, 'join', async () => this.watch(await this.client.join(number)));
  }

  async leave(number: string): Promise<void> {
    this.history.add({ type: 'leave', client: this.name, room: number });
    await this.settle(number, 'leave', () => this.client.rooms.get(number)?.leave());
  }

  async send(number: string, text: string, replyTo?: number): Promise<void> {
    const room = this.client.rooms.get(number);
    if (!room) return;
    const about = { client: this.name, room: number };
    await this.settle(number, 'send', async () => {
      const sending = room.send(text, { replyTo });
      const id = sending.clientMsgId;
      this.history.add({ type: 'send', ...about, id, text, replyTo });
      const { seq, messageId } = await sending;
      this.history.add({ type: 'ack', ...about, id, seq, messageId });
    });
  }

  async change(number: string, action: 'edit' | 'delete', seq: number, text: string): Promise<void> {
    const room = this.client.rooms.get(number);
    if (!room) return;
    const about = { client: this.name, room: number, action, seq };
    this.history.add({ type: 'change', ...about, text });
    await this.settle(number, action, async () => {
      const { seq: at } = await (action === 'edit' ? room.editMessage(seq, text) : room.deleteMessage(seq));
      this.history.add({ type: 'changed', ...about, at });
    });
  }

  async react(number: string, seq: number, emoji: string, remove: boolean): Promise<void> {
    const room = this.client.rooms.get(number);
    if (!room) return;
    const about = { client: this.name, room: number, seq, emoji, remove };
    this.history.add({ type: 'react', ...about });
    await this.settle(number, 'react', async () => {
      await room.react(seq, emoji, { remove });
      this.history.add({ type: 'reacted', ...about });
    });
  }

  async follow(number: string, on: boolean): Promise<void> {
    const room = this.client.rooms.get(number);
    if (!room) return;
    const about = { client: this.name, room: number, on };
    this.history.add({ type: 'follow', ...about });
    await this.settle(number, 'follow', async () => {
      await room.follow(on);
      this.history.add({ type: 'followed', ...about });
    });
  }

  async remove(number: string, action: 'kick' | 'ban' | 'unban', user: string): Promise<void> {
    const room = this.client.rooms.get(number);
    if (!room) return;
    const about = { client: this.name, room: number, action, user };
    this.history.add({ type: 'remove', ...about });
    await this.settle(number, action, async () => {
      await room[action](user);
      this.history.add({ type: 'removed', ...about });
    });
  }

  /** Reads the complete log and the members of a room and adds them to the history. */
  async audit(number: string): Promise<void> {
    const room = this.client.rooms.get(number);
    if (!room) return;
    const about = { client: this.name, room: number };
    const entries: SeenEntry[] = [];
    let [after, hasMore, epoch] = [0, true, ''];
    while (hasMore) {
      const page = await room.history({ after, limit: PAGE });
      entries.push(...page.messages.map(toSeen));
      for (const { seq, kind, reactions = [] } of page.messages) {
        const counts = Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count]));
        if (kind === 'message') this.history.add({ type: 'reactions', ...about, seq, counts });
      }
      [after, hasMore, epoch] = [page.messages.at(-1)?.seq ?? after, page.more, page.epoch];
    }
    this.history.add({ type: 'log', ...about, epoch, entries });
    const { memberCount, members, read = {} } = await room.members();
    this.history.add({ type: 'members', ...about, memberCount, users: members.map(({ userId }) => userId) });
    this.history.add({ type: 'positions', ...about, positions: read });
    this.history.add({ type: 'view', ...about, lastSeq: room.lastSeq });
  }

  /** @param room undefined if the client has already left the room. */
  private watch(room: Room | undefined): void {
    if (!room || this.watched.has(room)) return;
    const about = { client: this.name, room: room.room };
    this.watched.add(room);
    const { epoch, from, recovered } = room;
    this.history.add({ type: 'joined', ...about, epoch, from, recovered });
    const receive = (entry: Entry) => this.history.add({ type: 'receive', ...about, entry: toSeen(entry) });
    room.on('message', receive);
    room.on('edited', receive);
    room.on('deleted', receive);
    room.on('read', ({ positions }) => this.history.add({ type: 'read', ...about, positions }));
    room.on('unrecovered', (loss) => this.history.add({ type: 'unrecovered', ...about, from: loss.from }));
    room.on('left', ({ error }) => this.history.add({ type: 'left', ...about, problem: error?.type }));
  }

  private async settle(
    room: string,
    action: string,
    work: () => Promise<unknown> | undefined,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { type } = error as ProblemError;
      if (type === undefined) throw error;
      this.history.add({ type: 'refused', client: this.name, room, action, problem: type });
    }
  }
}

/** A user with a simulated device. The client library of each participant runs in a separate realm. */
export class Participant extends RecordedUser {
  readonly realm: Realm;

  constructor(
    name: string,
    bundles: Bundles,
    readonly device: Device,
    history: History,
    seed: number,
  ) {
    const random = createRandom(seed);
    const skewMs = Math.round(device.faults.drawMs('clock skew', MAX_SKEW_MS));
    const realm: Realm = new Realm(() => ({ time: device.sources.time, random }), {}, skewMs);
    const { connect } = bundles.client(realm, realm.require) as unknown as { connect: Connect };
    super(name, connect(URL_OF_STAGE, { username: name, WebSocket: device.createSocketClass() }), history);
    this.realm = realm;
  }
}

function toSeen({ seq, kind, messageId, text, target, replyTo }: Entry): SeenEntry {
  return { seq, kind, messageId, text, target, replyTo };
}
