import fc from 'fast-check';
import { Client } from '../../src/client';
import type { Environment } from '../../src/environment';
import type { ProblemError } from '../../src/problem-error';
import type { AckReply, Entry } from '../../src/protocol';
import type { Room } from '../../src/room';
import { CALM, type Faults } from './faults';

/** What a person does, and what happens to its network. Times are the client's milliseconds. */
export type Step =
  | { pause: number; act: 'send' | 'cut' | 'online' }
  /** The network is gone, or swallows everything, for a while. */
  | { pause: number; act: 'away' | 'silence'; ms: number }
  /** Leaves the room, with whatever is unanswered, and joins again. */
  | { pause: number; act: 'leave' }
  /** What the room's log holds by now expires. */
  | { pause: number; act: 'expire' };

const shortly = fc.nat({ max: 1500 });
const share = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
const steps = (longest: number, expires: boolean): fc.Arbitrary<Step[]> => {
  const pause = fc.oneof(
    { weight: 95, arbitrary: shortly },
    { weight: 5, arbitrary: fc.nat({ max: longest }) },
  );
  const ms = fc.nat({ max: Math.min(longest, 30_000) });
  return fc.array(
    fc.oneof(
      share(50, fc.record({ pause, act: fc.constant('send' as const) })),
      share(15, fc.record({ pause, act: fc.constantFrom('cut' as const, 'online' as const) })),
      share(15, fc.record({ pause, act: fc.constantFrom('away' as const, 'silence' as const), ms })),
      share(5, fc.record({ pause, act: fc.constant('leave' as const) })),
      share(expires ? 8 : 0, fc.record({ pause, act: fc.constant('expire' as const) })),
    ),
    { minLength: 2, maxLength: 10 },
  );
};
const percent = (max: number) => fc.nat({ max }).map((value) => value / 100);

/** How bad it may get. */
export interface Extremes {
  /** The longest pause; the longest absence is that too, or half a minute. */
  longest: number;
  /** Percent of requests and replies. Each costs the client a timeout. */
  losesAtMost: number;
  /** Whether entries expire. */
  expires: boolean;
}

export function schedules({ longest, losesAtMost, expires }: Extremes) {
  return fc.record({
    seed: fc.nat(),
    weather: fc.record({
      losesPushes: percent(40),
      loses: percent(losesAtMost),
      repeats: percent(30),
      slow: percent(20),
      quickMs: fc.nat({ max: 80 }),
      slowMs: fc.nat({ max: 2000 }),
      forgets: fc.integer({ min: 20, max: 70 }).map((value) => value / 100),
    }),
    people: fc.array(steps(longest, expires), { minLength: 1, maxLength: 3 }),
  });
}

export type Schedule = ReturnType<typeof schedules> extends fc.Arbitrary<infer T> ? T : never;

/** What was met on the way, so that a run that proves nothing is noticed. */
export interface Met {
  'a cut in mid-send': boolean;
  'a gap': boolean;
  'a duplicate': boolean;
  'an unrecoverable return': boolean;
}

/** How often each kind of trouble was met, and which in less than one of twenty schedules. */
export function counted(met: readonly Met[]): { line: string; rare: string[] } {
  const kinds = Object.keys(met[0] ?? {}) as (keyof Met)[];
  const counts = kinds.map((kind) => [kind, met.filter((one) => one[kind]).length] as const);
  const rare = counts.filter(([, count]) => count < met.length * 0.05).map(([kind]) => kind);
  return { line: JSON.stringify(Object.fromEntries(counts)), rare };
}

/** A person's machine and its network. */
export interface Terminal {
  url: string;
  environment: Environment;
  faults: Faults;
  /** Loses the open connections. */
  cut(): void;
  setReachable(reachable: boolean): void;
  /** The machine tells its programs that it has a network. */
  goOnline(): void;
}

/** An entry as server and client must agree on it. */
export interface Told {
  seq: number;
  messageId: string;
  text: string;
}

/** A world that schedules are run in. */
export interface World {
  /** In the client's milliseconds. */
  sleep(ms: number): Promise<void>;
  terminal(seed: number): Terminal;
  /** Everything that was ever stored in the room, in order. */
  log(room: string): Promise<Told[]>;
  expire?(room: string): void;
  /** Lets time pass until something is done; throws if that takes too long, in the client's milliseconds if it says. */
  settle(what: string, done: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>;
}

/** A heartbeat may take eight minutes to come, and tells what is missing. */
const HEALED_MS = 10 * 60_000;

/** A part of a room's log without gaps: what came after `from`. */
interface Stretch {
  from: number;
  entries: Entry[];
}

class Person {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly stretches: Stretch[] = [];
  readonly acks: (AckReply & { text: string })[] = [];
  /** Texts of messages without an answer when their sender left. */
  readonly abandoned = new Set<string>();
  readonly troubles: Error[] = [];
  unrecovered = false;
  unanswered = 0;
  room!: Room;

  constructor(
    private readonly world: World,
    readonly name: string,
    seed: number,
  ) {
    this.terminal = world.terminal(seed);
    this.client = new Client(this.terminal.url, { username: name }, this.terminal.environment);
  }

  async join(number: string): Promise<void> {
    const room = await this.client.join(number);
    this.room = room;
    this.stretches.push({ from: room.from, entries: [] });
    room.on('message', (entry) => this.stretches.at(-1)?.entries.push(entry));
    room.on('unrecovered', ({ from }) => {
      this.unrecovered = true;
      this.stretches.push({ from, entries: [] });
    });
  }

  send(text: string): void {
    this.unanswered += 1;
    this.room.send(text).then(
      (ack) => {
        this.acks.push({ ...ack, text });
        this.unanswered -= 1;
      },
      (error: ProblemError) => {
        if (error.type === 'left') this.abandoned.add(text);
        else this.troubles.push(error);
        this.unanswered -= 1;
      },
    );
  }

  async live(steps: readonly Step[], number: string): Promise<void> {
    const { world, terminal } = this;
    for (const [index, step] of steps.entries()) {
      await world.sleep(step.pause);
      if (step.act === 'away' || step.act === 'silence') await this.without(step.act, step.ms);
      else if (step.act === 'send') this.send(`${this.name} ${index}`);
      else if (step.act === 'cut') terminal.cut();
      else if (step.act === 'online') terminal.goOnline();
      else if (step.act === 'expire') world.expire?.(number);
      else {
        await this.room.leave();
        await this.join(number);
      }
    }
  }

  private async without(act: 'away' | 'silence', ms: number): Promise<void> {
    const { terminal, world } = this;
    if (act === 'away') {
      terminal.setReachable(false);
      terminal.cut();
    } else terminal.faults.silent = true;
    await world.sleep(ms);
    terminal.setReachable(true);
    terminal.faults.silent = false;
  }
}

/**
 * Runs the schedule: people come into a room, speak and listen in bad weather. When it has cleared up, each of them
 * must have every acknowledged message, once and in order.
 *
 * @throws Error that says what was not as promised.
 */
export async function run(world: World, schedule: Schedule): Promise<Met> {
  const { seed, people } = schedule;
  // In one of four nothing is beyond recovery, and so nothing may be told to be.
  const lossless = seed % 4 === 0;
  const weather = lossless ? { ...schedule.weather, forgets: 0 } : schedule.weather;
  const host = new Person(world, 'host', seed);
  const others = people.map((_, index) => new Person(world, `person ${index}`, seed + 100 * (index + 1)));
  const everyone = [host, ...others];
  try {
    const creating = host.client.createRoom();
    creating.catch(() => undefined); // what hinders it is told by what follows
    await world.settle('the room is made', () => host.client.rooms.size === 1);
    const { room } = await creating;
    await host.join(room);
    let living = others.length;
    for (const [index, person] of others.entries()) {
      person.terminal.faults.weather = weather;
      const life = person.join(room).then(() =>
        person.live(
          (people[index] ?? []).filter(({ act }) => !lossless || act !== 'expire'),
          room,
        ),
      );
      life
        .catch((error) => person.troubles.push(error))
        .finally(() => {
          living -= 1;
        });
    }
    await world.settle('everyone has lived', () => living === 0);

    for (const { terminal } of others) terminal.faults.weather = CALM;
    await world.settle('everything is answered', () => everyone.every(({ unanswered }) => unanswered === 0));
    for (const { terminal } of everyone) terminal.goOnline();
    let log: Told[] = [];
    const complete = async () => {
      const places = new Set(everyone.map((person) => person.room.lastSeq));
      if (places.size > 1) return false;
      log = await world.log(room);
      return places.has(log.length);
    };
    await world.settle('everyone has heard everything', complete, HEALED_MS);

    for (const { troubles } of everyone) for (const trouble of troubles) throw trouble;
    checkAcks(log, everyone);
    for (const person of everyone) checkHeard(log, person);
    same(
      lossless && everyone.some(({ unrecovered }) => unrecovered),
      false,
      'something is told to be lost that is not',
    );
    return {
      'a cut in mid-send': others.some(({ terminal }) => terminal.faults.done.cutInMidSend),
      'a gap': others.some(({ terminal }) => terminal.faults.done.filledGap),
      'a duplicate': others.some(({ terminal }) => terminal.faults.done.repeatedPush),
      'an unrecoverable return': others.some(({ unrecovered }) => unrecovered),
    };
  } finally {
    for (const { client } of everyone) client.close();
  }
}

/** What is stored is what was acknowledged, once each, and each sender's in the order it was sent. */
function checkAcks(log: Told[], everyone: Person[]): void {
  same(
    log.map(({ seq }) => seq),
    log.map((_, index) => index + 1),
    'the log has gaps',
  );
  const acks = everyone.flatMap((person) => person.acks).sort((a, b) => a.seq - b.seq);
  const abandoned = new Set(everyone.flatMap((person) => [...person.abandoned]));
  const acknowledged = new Set(acks.map(({ text }) => text));
  const due = log.filter(({ text }) => acknowledged.has(text) || !abandoned.has(text));
  same(acks.map(told), due.map(told), 'what was acknowledged is not what is stored');
  same(new Set(log.map(({ text }) => text)).size, log.length, 'a message is stored twice');
  for (const { name, acks: own } of everyone) {
    const places = own.map(({ text }) => Number(text.split(' ').at(-1)));
    const sent = [...own].sort((a, b) => a.seq - b.seq).map(({ text }) => Number(text.split(' ').at(-1)));
    same(
      sent,
      [...places].sort((a, b) => a - b),
      `the order of what ${name} sent is not kept`,
    );
  }
}

function checkHeard(log: Told[], { name, stretches }: Person): void {
  for (const [index, { from, entries }] of stretches.entries()) {
    const last = index === stretches.length - 1 ? log.length : from + entries.length;
    same(
      entries.map(told),
      log.slice(from, last).map(told),
      `${name} has not heard what is stored after ${from}`,
    );
  }
}

function told({ seq, messageId, text }: Told): Told {
  return { seq, messageId, text };
}

function same(actual: unknown, expected: unknown, otherwise: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${otherwise}: ${is} instead of ${should}`);
}
