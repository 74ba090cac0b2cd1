import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Push } from '../../functions/chat/protocol/replies';
import { ChatConnection } from '../support/chat-clients';
import { eventually } from '../support/client';
import { type Stack, startStack } from '../support/stack';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const WALKS = Number(process.env.WALKS ?? 2);
const ROOMS = 20;
const PEOPLE = 8;
const STEPS = 8;
/** How much later than the table its index, by which pushes find people, has what is written. */
const LAG_MS = 800;
/** How late the index itself may be with that on a busy machine. */
const SLACK_MS = 500;

const step = fc.record({
  action: fc.constantFrom('joinRoom' as const, 'leaveRoom' as const, 'sendmessage' as const),
  // Skewed to few rooms: otherwise hardly anybody would leave, or speak in, a room they are in.
  at: fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: 1 }) },
    { weight: 1, arbitrary: fc.nat({ max: ROOMS - 1 }) },
  ),
});
const walks = fc.array(fc.array(step, { minLength: STEPS, maxLength: STEPS }), {
  minLength: PEOPLE,
  maxLength: PEOPLE,
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Somebody who walks through rooms, and what they were pushed there. */
class Person {
  readonly isIn = new Set<string>();
  readonly everIn = new Set<string>();
  departures = 0;
  /** Rooms that were left and not joined again, and when the reply said so. */
  readonly leftAt = new Map<string, number>();
  readonly pushes: Push<'message'>[] = [];
  line!: ChatConnection;

  async arrive(url: string): Promise<this> {
    this.line = await ChatConnection.open(url, undefined, (push) => this.pushes.push(push));
    return this;
  }

  async do(action: 'joinRoom' | 'leaveRoom' | 'sendmessage', room: string): Promise<void> {
    if (action === 'joinRoom') {
      this.everIn.add(room);
      this.leftAt.delete(room);
    }
    const reply = await this.line.request(action, {
      room,
      ...(action === 'sendmessage' ? { text: room } : {}),
    });
    const done = { joinRoom: 'joined', leaveRoom: 'left', sendmessage: 'ack' }[action];
    const member = action === 'joinRoom' || this.isIn.has(room);
    expect(reply.type).toBe(member ? done : 'error');
    if (!member) expect(reply.problem.type).toBe('urn:roomcast:unknown-room');
    if (action === 'joinRoom') this.isIn.add(room);
    if (action === 'leaveRoom' && this.isIn.delete(room)) {
      this.departures += 1;
      this.leftAt.set(room, Date.now());
    }
  }

  /** What was said in rooms so long after they were left. */
  heardAfter(ms: number): Push<'message'>[] {
    return this.pushes.filter(({ room, ts }) => Date.parse(ts) > (this.leftAt.get(room) ?? Infinity) + ms);
  }

  heard(text: string): string[] {
    return [...new Set(this.pushes.filter((push) => push.text === text).map(({ room }) => room))].sort();
  }
}

describe('rooms side by side', () => {
  let stack: Stack;
  let host: ChatConnection;
  /** Stays, as clearing up after a connection would be counted with the next question. */
  let stranger: ChatConnection;
  const rooms: string[] = [];

  beforeAll(async () => {
    stack = await startStack([
      '--parameter-overrides',
      'NoticeThreshold=0',
      'Tracing=PassThrough',
      'MessageRate=1000',
      'MessageBurst=1000',
    ]);
    host = await ChatConnection.open(stack.wsUrl);
    stranger = await ChatConnection.open(stack.wsUrl);
    while (rooms.length < ROOMS) rooms.push((await host.request('createRoom')).room);
  });
  afterAll(() => stack.stop());

  it.each([
    ['sendmessage', { text: 'may I?' }],
    ['history', {}],
    ['members', {}],
    ['leaveRoom', {}],
  ])('%s does not tell a room one is not in from one that does not exist', async (action, fields) => {
    const missing = rooms.includes('483920117') ? '483920118' : '483920117';
    const ask = async (room: string | undefined) => {
      const before = await stack.calls();
      const answer = await stranger.request(action, { room, ...fields });
      const after = await stack.calls();
      const calls = Object.keys(after)
        .filter((name) => name.startsWith('dynamodb.'))
        .map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]);
      return { answer, calls: calls.filter(([, count]) => count !== 0) };
    };

    const foreign = await ask(rooms[0]);
    expect(foreign.answer).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:unknown-room' } });
    expect(foreign.calls).not.toEqual([]);
    expect(await ask(missing)).toEqual(foreign);
  });

  it(
    `keep their messages to those who are in them, of ${WALKS} walks (SEED=${SEED})`,
    async () => {
      await stack.addFault({ service: 'dynamodb', kind: 'index-lag', medianMs: LAG_MS });
      await expectLag();
      let [departures, stragglers] = [0, 0];
      for (const steps of fc.sample(walks, { seed: SEED, numRuns: WALKS })) {
        const people = await walk(steps);
        for (const person of people) departures += person.departures;
        stragglers += people.flatMap((person) => person.heardAfter(0)).length;
      }
      process.stdout.write(
        `${WALKS} walks, SEED=${SEED}: ${departures} departures, ${stragglers} messages heard after one\n`,
      );
      expect(departures).toBeGreaterThan(0);
    },
    60_000 + WALKS * 20_000,
  );

  /** The index, from which `members` reads as well, shows somebody who has left already. */
  async function expectLag(): Promise<void> {
    const room = rooms[0] as string;
    const shown = async () => (await host.request('members', { room })).members.length;
    await eventually(async () => {
      await stranger.request('joinRoom', { room });
      await eventually(async () => (await shown()) === 2);
      await stranger.request('leaveRoom', { room });
      return (await shown()) === 2;
    });
  }

  /** All walk at once; resolves to them once they have heard what came of it, each as they should. */
  async function walk(steps: Step[][]): Promise<Person[]> {
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => new Person().arrive(stack.wsUrl)));
    await Promise.all(
      people.map(async (person, index) => {
        for (const { action, at } of steps[index] ?? []) {
          const room = rooms[at] as string;
          const wasIn = person.isIn.has(room);
          await person.do(action, room);
          // At once, when the index does not know yet: the one who left may still hear this.
          if (wasIn && action === 'leaveRoom') await host.request('sendmessage', { room, text: room });
        }
      }),
    );

    // What was under way when somebody left, or said before the index knew, may have reached them; later nothing may.
    await sleep(LAG_MS + SLACK_MS);
    const farewell = 'whoever is here now';
    const acks = await Promise.all(
      rooms.map((room) => host.request('sendmessage', { room, text: farewell })),
    );
    expect(acks).toEqual(acks.map(() => expect.objectContaining({ type: 'ack' })));
    await eventually(async () => people.every((person) => person.heard(farewell).length >= person.isIn.size));
    await eventually(async () => (await stack.underWay()) === 0);
    const executions = await stack.executions();
    expect(executions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);

    for (const person of people) {
      expect(person.heard(farewell)).toEqual([...person.isIn].sort());
      expect(person.heardAfter(LAG_MS + SLACK_MS)).toEqual([]);
      expect(person.pushes.filter(({ room }) => !person.everIn.has(room))).toEqual([]);
      // Every text but the farewell is the number of the room it was meant for.
      expect(person.pushes.filter(({ room, text }) => text !== room && text !== farewell)).toEqual([]);
    }
    for (const { line } of people) line.drop();
    return people;
  }
});
