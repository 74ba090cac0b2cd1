import { Client } from '../../src/client';
import type { Environment } from '../../src/environment';
import type { ProblemError } from '../../src/problem-error';
import type { AckReply, Entry } from '../../src/protocol';
import type { Room } from '../../src/room';
import { type Faults, NO_FAULTS } from './faults';
import type { Schedule, Step } from './schedule';

/** A participant's device and its network. */
export interface SimulatedDevice {
  url: string;
  environment: Environment;
  faults: Faults;
  cutConnections(): void;
  setReachable(isReachable: boolean): void;
  /** Reports that the network is back. */
  goOnline(): void;
}

/** A stored message, reduced to the fields that server and client must agree on. */
type StoredMessage = Pick<Entry, 'seq' | 'messageId' | 'text'>;

/** The server and the clock that a schedule runs against. */
export interface Simulation {
  /** Waits for `ms` of the client's time. */
  sleep(ms: number): Promise<void>;
  createDevice(seed: number): SimulatedDevice;
  /** Returns every message that was ever stored in the room, in order. */
  readLog(room: string): Promise<StoredMessage[]>;
  expireEntries?(room: string): void;
  /** Lets time pass until the condition holds. Throws after a timeout. */
  waitUntil(
    description: string,
    condition: () => boolean | Promise<boolean>,
    timeoutMs?: number,
  ): Promise<void>;
}

/** Situations that a run covered. A property test must cover each of them. */
export interface Coverage {
  'cut during a send': boolean;
  'filled gap': boolean;
  'duplicate push': boolean;
  'unrecoverable reconnect': boolean;
}

/** Counts the runs per situation and lists the situations in fewer than 5% of the runs. */
export function summarizeCoverage(runs: readonly Coverage[]): { summary: string; rare: string[] } {
  const situations = Object.keys(runs[0] ?? {}) as (keyof Coverage)[];
  const counts = situations.map(
    (situation) => [situation, runs.filter((run) => run[situation]).length] as const,
  );
  const rare = counts.filter(([, count]) => count < runs.length * 0.05).map(([situation]) => situation);
  return { summary: JSON.stringify(Object.fromEntries(counts)), rare };
}

/** The longest heartbeat interval is eight minutes, and each heartbeat reveals every missing message. */
const RECOVERY_TIMEOUT_MS = 10 * 60_000;

/** Messages received without a reported loss, starting after `from`. */
interface ReceivedRange {
  from: number;
  entries: Entry[];
}

class Participant {
  readonly client: Client;
  readonly device: SimulatedDevice;
  readonly received: ReceivedRange[] = [];
  readonly acks: (AckReply & { text: string })[] = [];
  /** Texts without an acknowledgement when the participant left the room. */
  readonly abandoned = new Set<string>();
  readonly errors: Error[] = [];
  hasLoss = false;
  unanswered = 0;
  room!: Room;

  constructor(
    private readonly simulation: Simulation,
    readonly name: string,
    seed: number,
  ) {
    this.device = simulation.createDevice(seed);
    this.client = new Client(this.device.url, { username: name }, this.device.environment);
  }

  async join(number: string): Promise<void> {
    const room = await this.client.join(number);
    this.room = room;
    this.received.push({ from: room.from, entries: [] });
    room.on('message', (entry) => this.received.at(-1)?.entries.push(entry));
    room.on('unrecovered', ({ from }) => {
      this.hasLoss = true;
      this.received.push({ from, entries: [] });
    });
  }

  async performSteps(steps: readonly Step[], number: string): Promise<void> {
    const { simulation, device } = this;
    for (const [index, step] of steps.entries()) {
      await simulation.sleep(step.pause);
      if (step.act === 'offline' || step.act === 'blackhole') await this.interruptNetwork(step.act, step.ms);
      else if (step.act === 'send') this.send(`${this.name} ${index}`);
      else if (step.act === 'cut') device.cutConnections();
      else if (step.act === 'online') device.goOnline();
      else if (step.act === 'expire') simulation.expireEntries?.(number);
      else {
        await this.room.leave();
        await this.join(number);
      }
    }
  }

  private send(text: string): void {
    this.unanswered += 1;
    this.room.send(text).then(
      (ack) => {
        this.acks.push({ ...ack, text });
        this.unanswered -= 1;
      },
      (error: ProblemError) => {
        if (error.type === 'left') this.abandoned.add(text);
        else this.errors.push(error);
        this.unanswered -= 1;
      },
    );
  }

  private async interruptNetwork(kind: 'offline' | 'blackhole', ms: number): Promise<void> {
    const { device, simulation } = this;
    if (kind === 'offline') {
      device.setReachable(false);
      device.cutConnections();
    } else device.faults.isBlackhole = true;
    await simulation.sleep(ms);
    device.setReachable(true);
    device.faults.isBlackhole = false;
  }
}

/**
 * Runs a schedule: the participants join a room and exchange messages over faulty networks. After the network has
 * recovered, each must have every acknowledged message once and in order.
 */
export async function runSchedule(simulation: Simulation, schedule: Schedule): Promise<Coverage> {
  const { seed, participants } = schedule;
  // In one of four schedules everything is recoverable, so the client must not report a loss.
  const isLossless = seed % 4 === 0;
  const rates = isLossless ? { ...schedule.rates, staleResumes: 0 } : schedule.rates;
  const host = new Participant(simulation, 'host', seed);
  const guests = participants.map(
    (_, index) => new Participant(simulation, `guest ${index}`, seed + 100 * (index + 1)),
  );
  const everyone = [host, ...guests];
  try {
    const creating = host.client.createRoom();
    creating.catch(() => undefined); // The next line reports a failure with its cause.
    await simulation.waitUntil('the room exists', () => host.client.rooms.size === 1);
    const { room } = await creating;
    await host.join(room);
    let running = guests.length;
    for (const [index, guest] of guests.entries()) {
      guest.device.faults.rates = rates;
      const steps = (participants[index] ?? []).filter(({ act }) => !isLossless || act !== 'expire');
      guest
        .join(room)
        .then(() => guest.performSteps(steps, room))
        .catch((error) => guest.errors.push(error))
        .finally(() => {
          running -= 1;
        });
    }
    await simulation.waitUntil('all steps are done', () => running === 0);

    for (const { device } of guests) device.faults.rates = NO_FAULTS;
    const isAnswered = () => everyone.every(({ unanswered }) => unanswered === 0);
    await simulation.waitUntil('all messages have a reply', isAnswered);
    for (const { device } of everyone) device.goOnline();
    let log: StoredMessage[] = [];
    const isComplete = async () => {
      const lastSeqs = new Set(everyone.map((participant) => participant.room.lastSeq));
      if (lastSeqs.size > 1) return false;
      log = await simulation.readLog(room);
      return lastSeqs.has(log.length);
    };
    await simulation.waitUntil('everyone has every message', isComplete, RECOVERY_TIMEOUT_MS);

    for (const { errors } of everyone) for (const error of errors) throw error;
    checkStoredMessages(log, everyone);
    for (const participant of everyone) checkReceivedMessages(log, participant);
    const falseLoss = isLossless && everyone.some(({ hasLoss }) => hasLoss);
    assertSame(falseLoss, false, 'The client reports a loss although every message is recoverable');
    return {
      'cut during a send': guests.some(({ device }) => device.faults.observed.cutDuringSend),
      'filled gap': guests.some(({ device }) => device.faults.observed.gapFilled),
      'duplicate push': guests.some(({ device }) => device.faults.observed.duplicatePush),
      'unrecoverable reconnect': guests.some(({ hasLoss }) => hasLoss),
    };
  } finally {
    for (const { client } of everyone) client.close();
  }
}

/** Checks that the log has each acknowledged message once, and each sender's messages in the order they were sent. */
function checkStoredMessages(log: StoredMessage[], everyone: Participant[]): void {
  const seqs = log.map(({ seq }) => seq);
  assertSame(
    seqs,
    Array.from(log.keys(), (index) => index + 1),
    'The log has gaps',
  );
  const acks = everyone.flatMap((participant) => participant.acks).sort((a, b) => a.seq - b.seq);
  const abandoned = new Set(everyone.flatMap((participant) => [...participant.abandoned]));
  const acknowledged = new Set(acks.map(({ text }) => text));
  const expected = log.filter(({ text }) => acknowledged.has(text) || !abandoned.has(text));
  assertSame(
    acks.map(toStoredMessage),
    expected.map(toStoredMessage),
    'Acknowledged and stored messages differ',
  );
  assertSame(new Set(log.map(({ text }) => text)).size, log.length, 'A message is stored twice');
  for (const { name, acks: own } of everyone) {
    const stepOf = ({ text }: { text: string }) => Number(text.split(' ').at(-1));
    const stored = [...own].sort((a, b) => a.seq - b.seq).map(stepOf);
    const sent = own.map(stepOf).sort((a, b) => a - b);
    assertSame(stored, sent, `The messages of ${name} are out of order`);
  }
}

function checkReceivedMessages(log: StoredMessage[], { name, received }: Participant): void {
  for (const [index, { from, entries }] of received.entries()) {
    const end = index === received.length - 1 ? log.length : from + entries.length;
    const expected = log.slice(from, end).map(toStoredMessage);
    assertSame(entries.map(toStoredMessage), expected, `${name} misses messages after ${from}`);
  }
}

function toStoredMessage({ seq, messageId, text }: StoredMessage): StoredMessage {
  return { seq, messageId, text };
}

function assertSame(actual: unknown, expected: unknown, message: string): void {
  const [actualJson, expectedJson] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (actualJson !== expectedJson) throw new Error(`${message}: expected ${expectedJson}, got ${actualJson}`);
}
