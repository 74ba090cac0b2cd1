import type { Account } from './harness/account';
import type { Backend } from './harness/backend';
import type { History, Record } from './harness/history';
import type { Participant } from './harness/participant';
import type { Sources } from './harness/realm';
import type { Step } from './schedule';

const ROOMS = 2;
const EMOJIS = ['👍', '🎉'];
/** The number of rooms in a tour. It exceeds the number of missing rooms that a user can try to join per minute. */
const HALLS = 8;
/** The maximum time that a client needs to reconnect without faults. */
const RECONNECT_MS = 1000;
/** The share of requests that start following a room. The others end it. */
const FOLLOW_SHARE = 0.8;
const MAX_ABSENCE_MS = 15 * 60_000;
/** Longer than the retention period of messages in runs with a second day. */
const NIGHT_MS = 26 * 3600_000;
/** The time limit for the reply to a request when there are no faults. */
const PATIENCE_MS = 10 * 60_000;

type Ack = Extract<Record, { type: 'ack' }>;
type Receipt = Extract<Record, { type: 'receive' }>;

/** The users and their rooms. */
export class World {
  private readonly rooms: string[] = [];
  private halls: Promise<string[]> | undefined;
  private messages = 0;

  constructor(
    private readonly participants: readonly Participant[],
    private readonly sources: Sources,
    private readonly history: History,
    private readonly account: Pick<Account, 'startScheduledRules'>,
    private readonly backend: Backend,
  ) {}

  /** Creates the rooms. All users join the first room. */
  async prepare(): Promise<void> {
    const [owner, ...others] = this.participants;
    if (!owner) return;
    while (this.rooms.length < ROOMS) this.rooms.push(await owner.createRoom());
    await Promise.all(others.map((participant) => participant.join(this.rooms[0] as string)));
  }

  async perform(steps: readonly Step[]): Promise<void> {
    const { time } = this.sources;
    const start = time.now();
    for (const step of steps) {
      await time.sleep(start + step.at - time.now());
      const participant = this.participants[step.client];
      if (participant) this.act(participant, step);
    }
  }

  /** Puts all devices to sleep until all messages have expired. On the next day, the devices wake up at different times. */
  async sleepThroughNight(dayMs: number): Promise<void> {
    const { time, random } = this.sources;
    for (const { device, realm } of this.participants) device.sleep(realm);
    await time.sleep(NIGHT_MS);
    this.history.add({ type: 'next day' });
    this.participants.forEach((participant, index) => {
      time.startTimer(index === 0 ? 0 : random() * dayMs, () => this.comeBack(participant));
    });
  }

  /** Ends absences, waits until all users have returned to their rooms, and reads the final state. */
  async converge(ms: number): Promise<void> {
    const { time } = this.sources;
    for (const participant of this.participants) this.comeBack(participant);
    await time.sleep(ms / 2);
    // The scheduled sweep finds the connections for which `$disconnect` was lost.
    this.account.startScheduledRules();
    await time.sleep(ms / 2);
    for (const participant of this.participants)
      for (const room of this.rooms) await this.withPatience(participant.audit(room), participant, room);
  }

  private act(participant: Participant, { act, choice }: Step): void {
    const joined = this.rooms.filter((room) => participant.client.rooms.has(room));
    const room = choose(act === 'join' || act === 'serverSend' ? this.rooms : joined, choice);
    if (act === 'broadcast') void this.broadcast(participant);
    else if (act === 'tour') void this.tour(participant);
    else if (act === 'drop') participant.device.dropSockets();
    else if (act === 'offline') this.goOffline(participant, choice);
    else if (act === 'sleep') this.fallAsleep(participant, choice);
    else if (room === undefined) return;
    else if (act === 'join') void participant.join(room);
    else if (act === 'serverSend') void this.sendFromServer(room);
    else if (act === 'leave') void participant.leave(room);
    else if (act === 'read') participant.client.rooms.get(room)?.markRead();
    else if (act === 'follow') void participant.follow(room, (choice * 31) % 1 < FOLLOW_SHARE);
    else if (act === 'react') this.react(participant, room, choice);
    else if (act === 'send') void this.send(participant, room, this.findReplied(participant, room, choice));
    else if (act === 'edit' || act === 'delete') this.change(participant, room, act, choice);
    else this.remove(room, act, choice);
  }

  private async send(participant: Participant, room: string, replyTo?: number): Promise<void> {
    this.messages += 1;
    await participant.send(room, `message ${this.messages}`, replyTo);
  }

  private async sendFromServer(room: string): Promise<void> {
    this.messages += 1;
    await this.backend.send(room, `server message ${this.messages}`);
  }

  /** Broadcasts a text while a client reconnects. */
  private async broadcast({ device }: Participant): Promise<void> {
    const { time, random } = this.sources;
    device.dropSockets();
    this.messages += 1;
    await time.sleep(random() * RECONNECT_MS);
    await this.backend.broadcast(`broadcast ${this.messages}`);
  }

  private async tour(participant: Participant): Promise<void> {
    const [owner] = this.participants;
    if (!owner || participant === owner) return;
    this.halls ??= Promise.all(Array.from({ length: HALLS }, () => owner.createRoom()));
    for (const hall of await this.halls) {
      await participant.join(hall);
      await participant.leave(hall);
    }
  }

  /** Returns the position of the message to reply to, for about half of the messages. This message may be deleted. */
  private findReplied({ name }: Participant, room: string, choice: number): number | undefined {
    if (choice < 0.5) return undefined;
    const isReceived = (record: Record): record is Receipt =>
      record.type === 'receive' &&
      record.client === name &&
      record.room === room &&
      record.entry.kind === 'message';
    return choose(this.history.records.filter(isReceived).slice(-10), choice)?.entry.seq;
  }

  /** Adds an emoji to one of the last messages, or removes an emoji. */
  private react(participant: Participant, room: string, choice: number): void {
    const isInRoom = (record: Record): record is Ack => record.type === 'ack' && record.room === room;
    const message = this.history.records
      .filter(isInRoom)
      .slice(-3)
      .at(Math.floor(choice * 3));
    const emoji = choose(EMOJIS, (choice * 7) % 1);
    if (message && emoji) void participant.react(room, message.seq, emoji, (choice * 31) % 1 < 0.3);
  }

  /** Changes one of the participant's last messages. */
  private change(participant: Participant, room: string, act: 'edit' | 'delete', choice: number): void {
    const isOwn = (record: Record): record is Ack =>
      record.type === 'ack' && record.client === participant.name && record.room === room;
    const message = choose(this.history.records.filter(isOwn).slice(-5), choice);
    if (message) void participant.change(room, act, message.seq, `edit at ${this.history.records.length}`);
  }

  /** Makes the owner remove another user. The user joins concurrently, unless the user is already in the room. */
  private remove(room: string, act: 'kick' | 'ban' | 'unban', choice: number): void {
    const [owner, ...others] = this.participants;
    const target = choose(others, choice);
    if (!owner || !target?.userId) return;
    void owner.remove(room, act, target.userId);
    if (!target.client.rooms.has(room)) void target.join(room);
  }

  private goOffline({ device }: Participant, choice: number): void {
    device.isOffline = true;
    device.dropSockets();
    this.sources.time.startTimer(choice * MAX_ABSENCE_MS, () => {
      device.isOffline = false;
    });
  }

  private fallAsleep({ device, realm }: Participant, choice: number): void {
    device.sleep(realm);
    this.sources.time.startTimer(choice * MAX_ABSENCE_MS, () => device.wake(realm));
  }

  private comeBack({ device, realm }: Participant): void {
    device.isOffline = false;
    device.wake(realm);
  }

  private async withPatience(work: Promise<void>, { name }: Participant, room: string): Promise<void> {
    const late = this.sources.time.sleep(PATIENCE_MS).then(() => 'late');
    const outcome = await Promise.race([work, late]).catch((error) => error.type ?? String(error));
    if (outcome !== undefined)
      this.history.add({ type: 'refused', client: name, room, action: 'audit', problem: outcome });
  }
}

function choose<Item>(items: readonly Item[], choice: number): Item | undefined {
  return items[Math.floor(choice * items.length)];
}
