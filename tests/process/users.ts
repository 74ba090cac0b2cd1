import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { connect, type Room, type SocketConstructor } from '../../packages/client/src';
import { CLIENT_CHECKS, checkHistory, type Violation } from '../simulation/checker';
import { recordsOf } from '../simulation/checker/records';
import { History } from '../simulation/harness/history';
import { RecordedUser } from '../simulation/harness/participant';

const SETTLE_MS = 120_000;
const POLL_MS = 200;

/** Users of the client library on real sockets in one room. The history is checked in the same way as in a simulation. */
export class Users {
  private readonly startedAt = performance.now();
  readonly history = new History(() => Math.round(performance.now() - this.startedAt));
  /** The time from a send to its acknowledgement in milliseconds. */
  readonly latencies: number[] = [];
  private readonly sockets = new Map<string, WebSocket>();
  private readonly pending = new Set<Promise<void>>();
  private count = 0;

  private constructor(
    private readonly all: RecordedUser[],
    private readonly room: string,
    private readonly random: () => number,
  ) {}

  /** Connects users. The first user creates a room, and the others join it. */
  static async open(urls: readonly string[], random: () => number, prefix = 'user'): Promise<Users> {
    const users = new Users([], '', random);
    urls.forEach((url, index) => {
      const name = `${prefix}-${index}`;
      const client = connect(url, { username: name, WebSocket: users.createSocketClass(name) });
      users.all.push(new RecordedUser(name, client, users.history));
    });
    const [first, ...others] = users.all as [RecordedUser, ...RecordedUser[]];
    const room = await first.createRoom();
    for (const user of others) await user.join(room);
    return Object.assign(users, { room });
  }

  /** Sends a message. Rarely, deletes a message or drops a socket instead. */
  act(): void {
    const user = this.all[Math.floor(this.random() * this.all.length)] as RecordedUser;
    const choice = this.random();
    const { lastSeq = 0 } = user.client.rooms.get(this.room) ?? {};
    if (choice < 0.03) this.sockets.get(user.name)?.terminate();
    else if (choice < 0.06 && lastSeq > 0) {
      this.track(user.change(this.room, 'delete', 1 + Math.floor(this.random() * lastSeq), ''));
    } else {
      this.count += 1;
      const at = performance.now();
      const sending = user.send(this.room, `${user.name} ${this.count}`);
      this.track(sending.then(() => void this.latencies.push(performance.now() - at)));
    }
  }

  /**
   * Waits until no requests are pending, all users have their IDs and are in the room, and all have received the same messages.
   */
  async settle(): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    const isSettled = () =>
      this.pending.size === 0 &&
      this.all.every(({ userId }) => userId !== '') &&
      new Set(this.rooms().map(({ lastSeq }) => lastSeq)).size === 1;
    while (!isSettled() && performance.now() < deadline) await sleep(POLL_MS);
    // A client sends a request for a room only on a connection that has joined the room, so the replies show that all users are
    // in the room.
    await Promise.all(this.rooms().map((room) => room.members()));
  }

  /** Returns the member count on the server and the number of users. */
  async countMembers(): Promise<string> {
    const members = await this.rooms()[0]?.members();
    return `${members?.memberCount} of ${this.all.length}`;
  }

  /** Reads the final state of the settled room, closes the connections, and returns the violations in the history. */
  async finish(): Promise<Violation[]> {
    await this.settle();
    for (const user of this.all) await user.audit(this.room);
    for (const { client } of this.all) client.close();
    return checkHistory(this.history.records, CLIENT_CHECKS);
  }

  /**
   * Returns the number of records of each type. They show whether the run had load, because a run without load breaks no
   * promises.
   */
  summarize(): string {
    const types = ['send', 'ack', 'changed', 'receive', 'unrecovered', 'refused'] as const;
    return types.map((type) => `${type}: ${recordsOf(this.history.records, type).length}`).join(', ');
  }

  private rooms(): Room[] {
    return this.all.flatMap(({ client }) => client.rooms.get(this.room) ?? []);
  }

  private track(work: Promise<void>): void {
    this.pending.add(work);
    void work.finally(() => this.pending.delete(work));
  }

  private createSocketClass(name: string): SocketConstructor {
    const { sockets, history } = this;
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { perMessageDeflate: false });
        sockets.set(name, this);
        this.on('error', () => undefined);
        this.on('message', (data) => {
          const { type, room, seq, messageId } = JSON.parse(String(data));
          if (type === 'message') history.add({ type: 'frame', client: name, room, seq, messageId });
        });
      }
    } as unknown as SocketConstructor;
  }
}
