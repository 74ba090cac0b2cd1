import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describeAtLength } from '../../testbed/at-length';
import { ChatConnection, Receiver, Sender } from '../../testbed/chat-clients';
import { eventually } from '../../testbed/client';
import { readRoomLog } from '../../testbed/room-log';
import { type Stack, startStack } from '../../testbed/stack';

/**
 * The number of schedules. Each takes about a second of CPU time. `npm test` runs a sample, and `npm run test:long` runs 1,000.
 */
const SCHEDULES = Number(process.env.SCHEDULES ?? 40);
/** With at least this many schedules, every situation must occur. Fewer schedules can miss rare situations by chance. */
const ENOUGH_FOR_RARE = 100;
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const CONCURRENCY = 5;
/** The size in bytes. Seven texts of this size exceed a page of 96 KiB. */
const LONG_TEXT = 16_384;

const pause = fc.nat({ max: 60 });
const optional = <T>(percent: number, value: fc.Arbitrary<T>, none: T) =>
  fc.oneof({ weight: percent, arbitrary: value }, { weight: 100 - percent, arbitrary: fc.constant(none) });

/** A send after a pause. The sender's connection may drop during the send. */
const send = fc.record({ pause, dropAfterMs: optional(15, fc.nat({ max: 40 }), undefined) });
/** The absence of a receiver: its connection drops, and it reconnects later, usually with its last position. */
const absence = fc.record({
  connectedMs: pause,
  awayMs: pause,
  returnsWith: fc.oneof(
    { weight: 80, arbitrary: fc.constant('its position' as const) },
    { weight: 10, arbitrary: fc.constant("another room's epoch" as const) },
    { weight: 10, arbitrary: fc.constant('a position beyond the head' as const) },
  ),
});
const receiver = fc.record({
  joinsAfterMs: pause,
  /** If set to n, every n-th push is lost. */
  losesEvery: optional(60, fc.integer({ min: 2, max: 3 }), undefined),
  absences: fc.oneof(
    { weight: 75, arbitrary: fc.array(absence, { minLength: 1, maxLength: 1 }) },
    { weight: 25, arbitrary: fc.array(absence, { minLength: 2, maxLength: 2 }) },
  ),
});
const latecomer = fc.record({
  joinsAfterMs: pause,
  losesEvery: fc.constant(undefined),
  absences: fc.constant([]),
});
const SENDS = 4;
const SENDERS = 3;
const schedule = fc.record({
  senders: fc.array(fc.array(send, { minLength: 1, maxLength: SENDS }), { minLength: 1, maxLength: SENDERS }),
  /**
   * Whether to send many long texts. Receivers then reconnect only after the last message, so that they miss more than a page.
   */
  long: optional(20, fc.constant(true), false),
  receivers: fc.array(receiver, { minLength: 1, maxLength: 2 }),
  latecomers: optional(20, fc.array(latecomer, { minLength: 2, maxLength: 4 }), []),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;
type ReceiverPlan = Schedule['receivers'][number] | Schedule['latecomers'][number];

/** The situations that a schedule has covered, to detect runs that test nothing. */
interface Coverage {
  dropInMidSend: boolean;
  gap: boolean;
  unrecoverableReturn: boolean;
  /** A receiver joined after the query for the audience of a message and before the last post. */
  joinBeforePost: boolean;
  /** A member received no push, because the index did not yet list the member. */
  hiddenByLag: boolean;
  /** A receiver missed more than one page. */
  secondPage: boolean;
}

/** Returns a list of the given length that repeats `items`. */
function repeatItems<T>(items: readonly T[], length: number): T[] {
  return Array.from({ length }, (_, index) => items[index % items.length] as T);
}

describeAtLength('receiver that reconnects', () => {
  let stack: Stack;
  let host: ChatConnection;
  let otherRoom: { epoch: string };

  beforeAll(async () => {
    // Raises the limits, because one connection creates the rooms of all schedules. Also turns off notices, which would cause
    // most of the load.
    const parameters = ['Limits=loadTest', 'Tracing=PassThrough', `MaxTextBytes=${LONG_TEXT}`];
    stack = await startStack(['--parameter-overrides', ...parameters]);
    host = await ChatConnection.open(stack.wsUrl);
    otherRoom = await host.request('createRoom');
    // With varying post latencies, pushes arrive out of order, and receivers can join before the last post.
    const latency = { kind: 'latency' as const, medianMs: 10, sigma: 1 };
    await stack.addFault({ service: 'execute-api', ...latency });
    await stack.addFault({ service: 'events', kind: 'duplicate', share: 0.3, seed: SEED });
    await stack.addFault({ service: 'lambda', kind: 'frozen-sockets' });
    // In strict mode, indexes lag by default. The first half of the schedules expects every push, so it runs without index lag.
    await stack.addFault({ service: 'dynamodb', kind: 'index-lag', medianMs: 0 });
  });
  afterAll(() => stack.kill());

  it(
    'receives every message once and in order, even if connections and pushes are lost',
    async () => {
      const schedules = fc.sample(schedule, { seed: SEED, numRuns: SCHEDULES });
      const results = await runAll(schedules.splice(0, SCHEDULES / 2), false);
      await stack.addFault({ service: 'dynamodb', kind: 'index-lag', medianMs: 120, sigma: 1 });
      results.push(...(await runAll(schedules, true)));

      const count = (what: keyof Coverage) => results.filter((result) => result[what]).length;
      const counts = {
        'a drop during a send': count('dropInMidSend'),
        'a gap': count('gap'),
        'an unrecoverable return': count('unrecoverableReturn'),
        'a join between Query and post': count('joinBeforePost'),
        'a member missing from the index': count('hiddenByLag'),
        'more than one missed page': count('secondPage'),
      };
      const occurrences = await stack.occurrences();
      const duplicates = occurrences['events.DuplicateDelivery'] ?? 0;
      const resets = occurrences['lambda.FrozenSocketReset'] ?? 0;
      process.stdout.write(
        `${SCHEDULES} schedules, SEED=${SEED}, ${duplicates} duplicates, ${resets} resets: ${JSON.stringify(counts)}\n`,
      );
      expect(duplicates).toBeGreaterThan(0);
      expect(resets).toBeGreaterThan(0);
      expect(counts['a drop during a send']).toBeGreaterThan(0);
      expect(counts['an unrecoverable return']).toBeGreaterThan(0);
      if (SCHEDULES < ENOUGH_FOR_RARE) return;
      for (const count of Object.values(counts)) expect(count).toBeGreaterThanOrEqual(SCHEDULES * 0.05);
    },
    300_000 + SCHEDULES * 1500,
  );

  async function runAll(schedules: Schedule[], hasIndexLag: boolean): Promise<Coverage[]> {
    const remaining = [...schedules];
    const results: Coverage[] = [];
    const runWorker = async () => {
      for (let next = remaining.pop(); next; next = remaining.pop()) {
        results.push(
          await run(next, hasIndexLag).catch((cause) => {
            throw new Error(`SEED=${SEED}, schedule ${JSON.stringify(next)}: ${cause.message}`, { cause });
          }),
        );
        if (results.length % 100 === 0)
          process.stdout.write(`${results.length} of ${schedules.length} schedules\n`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, runWorker));
    return results;
  }

  async function run(
    { senders, long, receivers, latecomers }: Schedule,
    hasIndexLag: boolean,
  ): Promise<Coverage> {
    const coverage: Coverage = {
      dropInMidSend: false,
      gap: false,
      unrecoverableReturn: false,
      joinBeforePost: false,
      hiddenByLag: false,
      secondPage: false,
    };
    const { room } = await host.request('createRoom');
    await host.request('leaveRoom', { room });
    const sends = long ? Array.from({ length: SENDERS }, () => repeatItems(senders.flat(), SENDS)) : senders;
    const senderClients = sends.map(() => new Sender(stack.wsUrl, room));

    const runReceiver = async ({ joinsAfterMs, losesEvery, absences }: ReceiverPlan): Promise<Receiver> => {
      const receiver = new Receiver(
        stack.wsUrl,
        room,
        (seq) => losesEvery !== undefined && seq % losesEvery === 0,
      );
      await sleep(joinsAfterMs);
      await receiver.join();
      for (const { connectedMs, awayMs, returnsWith } of absences) {
        await sleep(connectedMs);
        coverage.dropInMidSend ||= senderClients.some(({ sending }) => sending);
        receiver.drop();
        await (long ? allSent : sleep(awayMs));
        const { epoch, last } = receiver;
        const joined = await receiver.join({
          epoch: returnsWith === "another room's epoch" ? otherRoom.epoch : epoch,
          lastSeq: returnsWith === 'a position beyond the head' ? last + 1000 : last,
        });
        expect(joined.recovered).toBe(returnsWith === 'its position');
        coverage.unrecoverableReturn ||= !joined.recovered;
        coverage.secondPage ||= joined.more;
      }
      return receiver;
    };
    const runSender = async (sender: Sender, name: number) => {
      for (const [index, { pause, dropAfterMs }] of (sends[name] ?? []).entries()) {
        await sleep(pause);
        await sender.send(`${name}.${index}`.padEnd(long ? LONG_TEXT : 0), dropAfterMs);
      }
    };
    const allSent = Promise.all(senderClients.map(runSender));
    const [receiverClients] = await Promise.all([
      Promise.all([...receivers, ...latecomers].map(runReceiver)),
      allSent,
    ]);

    const log = await readRoomLog(stack, room);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    const acks = senderClients.flatMap((sender) => sender.acks).sort((a, b) => a.seq - b.seq);
    const identify = ({ seq, messageId, text }: { seq: number; messageId: string; text: string }) => ({
      seq,
      messageId,
      text,
    });
    expect(acks.map(identify)).toEqual(log.map(identify));
    for (const receiver of receiverClients) {
      const missing = () => log.filter(({ seq }) => seq > receiver.headAtJoin && !receiver.pushedAt.has(seq));
      // Without index lag, every member receives a push. With lag, members detect missing messages by the head sequence.
      if (!hasIndexLag) await eventually(async () => missing().length === 0);
      await receiver.catchUp();
      coverage.hiddenByLag ||= hasIndexLag && missing().length > 0;
      const others = receiverClients.filter((other) => other !== receiver);
      coverage.joinBeforePost ||= log.some(
        ({ seq }) =>
          seq <= receiver.headAtJoin &&
          others.some(({ pushedAt }) => (pushedAt.get(seq) ?? 0) > receiver.joinedAt),
      );
      for (const [index, { from, entries }] of receiver.segments.entries()) {
        const last = index === receiver.segments.length - 1 ? log.length : from + entries.length;
        expect(entries.map(identify)).toEqual(log.slice(from, last).map(identify));
      }
      expect(receiver.foreignPushes).toBe(0);
      coverage.gap ||= receiver.sawGap;
      receiver.drop();
    }
    for (const sender of senderClients) sender.close();
    return coverage;
  }
});
