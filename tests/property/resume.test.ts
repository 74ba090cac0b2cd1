import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ChatConnection, Receiver, Sender } from '../support/chat-clients';
import { eventually } from '../support/client';
import { readRoomLog } from '../support/room-log';
import { type Stack, startStack } from '../support/stack';

/** About a second of CPU time each: `npm test` runs a sample, `npm run test:long` 1,000. */
const SCHEDULES = Number(process.env.SCHEDULES ?? 40);
/** From this many schedules on, every situation must occur; fewer can miss the rare ones by chance. */
const ENOUGH_FOR_RARE = 100;
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const AT_ONCE = 5;
/** Bytes; seven of them are more than a page of 96 KiB. */
const LONG_TEXT = 16_384;

const pause = fc.nat({ max: 60 });
const share = <T>(percent: number, some: fc.Arbitrary<T>, none: T) =>
  fc.oneof({ weight: percent, arbitrary: some }, { weight: 100 - percent, arbitrary: fc.constant(none) });

/** A send, after a pause; the sender's connection may be lost meanwhile. */
const send = fc.record({ pause, dropAfterMs: share(15, fc.nat({ max: 40 }), undefined) });
/** A receiver's connection is lost, and it returns, mostly with where it was. */
const absence = fc.record({
  after: pause,
  away: pause,
  returnsWith: fc.oneof(
    { weight: 80, arbitrary: fc.constant('its place' as const) },
    { weight: 10, arbitrary: fc.constant("another room's epoch" as const) },
    { weight: 10, arbitrary: fc.constant('a place beyond the head' as const) },
  ),
});
const receiver = fc.record({
  arrives: pause,
  /** Every so many-th push does not reach it. */
  losesEvery: share(60, fc.integer({ min: 2, max: 3 }), undefined),
  absences: fc.oneof(
    { weight: 75, arbitrary: fc.array(absence, { minLength: 1, maxLength: 1 }) },
    { weight: 25, arbitrary: fc.array(absence, { minLength: 2, maxLength: 2 }) },
  ),
});
const latecomer = fc.record({
  arrives: pause,
  losesEvery: fc.constant(undefined),
  absences: fc.constant([]),
});
const SENDS = 4;
const SENDERS = 3;
const schedule = fc.record({
  senders: fc.array(fc.array(send, { minLength: 1, maxLength: SENDS }), { minLength: 1, maxLength: SENDERS }),
  /** Many long texts, and whoever is away stays so until all are sent: what it missed is more than a page. */
  long: share(20, fc.constant(true), false),
  receivers: fc.array(receiver, { minLength: 1, maxLength: 2 }),
  latecomers: share(20, fc.array(latecomer, { minLength: 2, maxLength: 4 }), []),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;
type Part = Schedule['receivers'][number] | Schedule['latecomers'][number];

/** What was met on the way, so that a run that proves nothing is noticed. */
interface Met {
  dropInMidSend: boolean;
  gap: boolean;
  unrecoverableReturn: boolean;
  /** Somebody joined after a message's audience was read and before it was posted to all of them. */
  joinBeforePost: boolean;
  /** A member was not pushed a message, since the index did not have it yet. */
  hiddenByLag: boolean;
  /** What somebody missed was more than one page. */
  secondPage: boolean;
}

/** `some` from the beginning again until they are `length`. */
function repeated<T>(some: readonly T[], length: number): T[] {
  return Array.from({ length }, (_, index) => some[index % some.length] as T);
}

describe('a receiver that comes and goes', () => {
  let stack: Stack;
  let host: ChatConnection;
  let elsewhere: { epoch: string };

  beforeAll(async () => {
    // Notices of who comes and goes are not what is tested here, and would be most of the work.
    const parameters = ['NoticeThreshold=0', 'Tracing=PassThrough', `MaxTextBytes=${LONG_TEXT}`];
    stack = await startStack(['--parameter-overrides', ...parameters]);
    host = await ChatConnection.open(stack.wsUrl);
    elsewhere = await host.request('createRoom');
    // Posts take unequally long, as everywhere: pushes overtake each other, and somebody joins before they are out.
    const spread = { kind: 'latency' as const, medianMs: 10, sigma: 1 };
    await stack.addFault({ service: 'execute-api', ...spread });
  });
  afterAll(() => stack.kill());

  it(
    'has every message once and in order, however its connection fared',
    async () => {
      const schedules = fc.sample(schedule, { seed: SEED, numRuns: SCHEDULES });
      const met = await runAll(schedules.splice(0, SCHEDULES / 2), false);
      await stack.addFault({ service: 'dynamodb', kind: 'index-lag', medianMs: 120, sigma: 1 });
      met.push(...(await runAll(schedules, true)));

      const count = (what: keyof Met) => met.filter((one) => one[what]).length;
      const counts = {
        'a drop in mid-send': count('dropInMidSend'),
        'a gap': count('gap'),
        'an unrecoverable return': count('unrecoverableReturn'),
        'a join between Query and post': count('joinBeforePost'),
        'a member the index did not have yet': count('hiddenByLag'),
        'more than a page to catch up on': count('secondPage'),
      };
      process.stdout.write(`${SCHEDULES} schedules, SEED=${SEED}: ${JSON.stringify(counts)}\n`);
      expect(counts['a drop in mid-send']).toBeGreaterThan(0);
      expect(counts['an unrecoverable return']).toBeGreaterThan(0);
      if (SCHEDULES < ENOUGH_FOR_RARE) return;
      for (const count of Object.values(counts)) expect(count).toBeGreaterThanOrEqual(SCHEDULES * 0.05);
    },
    60_000 + SCHEDULES * 1500,
  );

  async function runAll(schedules: Schedule[], lagging: boolean): Promise<Met[]> {
    const waiting = [...schedules];
    const met: Met[] = [];
    const lane = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        met.push(
          await run(next, lagging).catch((cause) => {
            throw new Error(`SEED=${SEED}, schedule ${JSON.stringify(next)}: ${cause.message}`, { cause });
          }),
        );
        if (met.length % 100 === 0) process.stdout.write(`${met.length} of ${schedules.length} schedules\n`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return met;
  }

  async function run({ senders, long, receivers, latecomers }: Schedule, lagging: boolean): Promise<Met> {
    const met: Met = {
      dropInMidSend: false,
      gap: false,
      unrecoverableReturn: false,
      joinBeforePost: false,
      hiddenByLag: false,
      secondPage: false,
    };
    const { room } = await host.request('createRoom');
    await host.request('leaveRoom', { room });
    const sends = long ? Array.from({ length: SENDERS }, () => repeated(senders.flat(), SENDS)) : senders;
    const speaking = sends.map(() => new Sender(stack.wsUrl, room));

    const listen = async ({ arrives, losesEvery, absences }: Part): Promise<Receiver> => {
      const listener = new Receiver(
        stack.wsUrl,
        room,
        (seq) => losesEvery !== undefined && seq % losesEvery === 0,
      );
      await sleep(arrives);
      await listener.join();
      for (const { after, away, returnsWith } of absences) {
        await sleep(after);
        met.dropInMidSend ||= speaking.some(({ sending }) => sending);
        listener.drop();
        await (long ? spoken : sleep(away));
        const { epoch, last } = listener;
        const joined = await listener.join({
          epoch: returnsWith === "another room's epoch" ? elsewhere.epoch : epoch,
          lastSeq: returnsWith === 'a place beyond the head' ? last + 1000 : last,
        });
        expect(joined.recovered).toBe(returnsWith === 'its place');
        met.unrecoverableReturn ||= !joined.recovered;
        met.secondPage ||= joined.more;
      }
      return listener;
    };
    const speak = async (sender: Sender, name: number) => {
      for (const [index, { pause, dropAfterMs }] of (sends[name] ?? []).entries()) {
        await sleep(pause);
        await sender.send(`${name}.${index}`.padEnd(long ? LONG_TEXT : 0), dropAfterMs);
      }
    };
    const spoken = Promise.all(speaking.map(speak));
    const [listening] = await Promise.all([Promise.all([...receivers, ...latecomers].map(listen)), spoken]);

    const log = await readRoomLog(stack, room);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    const acks = speaking.flatMap((sender) => sender.acks).sort((a, b) => a.seq - b.seq);
    const told = ({ seq, messageId, text }: { seq: number; messageId: string; text: string }) => ({
      seq,
      messageId,
      text,
    });
    expect(acks.map(told)).toEqual(log.map(told));
    for (const listener of listening) {
      const missing = () => log.filter(({ seq }) => seq > listener.headAtJoin && !listener.pushedAt.has(seq));
      // Whoever the index has when a message is stored is pushed it; the others learn of it from the heads.
      if (!lagging) await eventually(async () => missing().length === 0);
      await listener.catchUp();
      met.hiddenByLag ||= lagging && missing().length > 0;
      const others = listening.filter((other) => other !== listener);
      met.joinBeforePost ||= log.some(
        ({ seq }) =>
          seq <= listener.headAtJoin &&
          others.some(({ pushedAt }) => (pushedAt.get(seq) ?? 0) > listener.joinedAt),
      );
      for (const [index, { from, entries }] of listener.segments.entries()) {
        const last = index === listener.segments.length - 1 ? log.length : from + entries.length;
        expect(entries.map(told)).toEqual(log.slice(from, last).map(told));
      }
      expect(listener.foreignPushes).toBe(0);
      met.gap ||= listener.sawGap;
      listener.drop();
    }
    for (const sender of speaking) sender.close();
    return met;
  }
});
