import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Push } from '../../functions/chat/protocol/replies';
import { Line } from '../support/chatter';
import { eventually } from '../support/client';
import { type Stack, startStack } from '../support/stack';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const ROOMS = 20;
const PEOPLE = 12;

const step = fc.record({
  action: fc.constantFrom('joinRoom' as const, 'leaveRoom' as const, 'sendmessage' as const),
  // Skewed to few rooms: otherwise hardly anybody would leave, or speak in, a room they are in.
  at: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: ROOMS - 1 })),
});
const walks = fc.array(fc.array(step, { minLength: 12, maxLength: 12 }), {
  minLength: PEOPLE,
  maxLength: PEOPLE,
});

/** Somebody who walks through rooms, and what they were pushed there. */
class Person {
  readonly isIn = new Set<string>();
  readonly everIn = new Set<string>();
  readonly pushes: Push<'message'>[] = [];
  line!: Line;

  async arrive(url: string): Promise<this> {
    this.line = await Line.open(url, undefined, (push) => this.pushes.push(push));
    return this;
  }

  async do(action: 'joinRoom' | 'leaveRoom' | 'sendmessage', room: string): Promise<void> {
    if (action === 'joinRoom') this.everIn.add(room);
    const reply = await this.line.request(action, {
      room,
      ...(action === 'sendmessage' ? { text: room } : {}),
    });
    const done = { joinRoom: 'joined', leaveRoom: 'left', sendmessage: 'ack' }[action];
    const member = action === 'joinRoom' || this.isIn.has(room);
    expect(reply.type).toBe(member ? done : 'error');
    if (!member) expect(reply.problem.type).toBe('urn:roomcast:unknown-room');
    if (action === 'joinRoom') this.isIn.add(room);
    if (action === 'leaveRoom') this.isIn.delete(room);
  }

  heard(text: string): string[] {
    return [...new Set(this.pushes.filter((push) => push.text === text).map(({ room }) => room))].sort();
  }
}

describe('rooms side by side', () => {
  let stack: Stack;
  let host: Line;
  /** Stays, as clearing up after a connection would be counted with the next question. */
  let stranger: Line;
  const rooms: string[] = [];

  beforeAll(async () => {
    stack = await startStack(['--parameter-overrides', 'NoticeThreshold=0', 'Tracing=PassThrough']);
    host = await Line.open(stack.wsUrl);
    stranger = await Line.open(stack.wsUrl);
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

  it(`keep their messages to those who are in them (SEED=${SEED})`, async () => {
    const people = await Promise.all(Array.from({ length: PEOPLE }, () => new Person().arrive(stack.wsUrl)));
    const [steps = []] = fc.sample(walks, { seed: SEED, numRuns: 1 });
    await Promise.all(
      people.map(async (person, index) => {
        for (const { action, at } of steps[index] ?? []) await person.do(action, rooms[at] as string);
      }),
    );

    // What was under way when somebody left may still have reached them; a second later nothing may.
    await sleep(1100);
    const farewell = 'whoever is here now';
    for (const room of rooms) {
      expect(await host.request('sendmessage', { room, text: farewell })).toMatchObject({ type: 'ack' });
    }
    await eventually(async () => people.every((person) => person.heard(farewell).length >= person.isIn.size));
    await eventually(async () => {
      const executions = await stack.executions();
      return executions.every(({ status }) => status === 'SUCCEEDED');
    });

    for (const person of people) {
      expect(person.heard(farewell)).toEqual([...person.isIn].sort());
      expect(person.pushes.filter(({ room }) => !person.everIn.has(room))).toEqual([]);
      // Every text but the farewell is the number of the room it was meant for.
      expect(person.pushes.filter(({ room, text }) => text !== room && text !== farewell)).toEqual([]);
    }
    expect(people.some(({ isIn, everIn }) => isIn.size < everIn.size)).toBe(true);
    for (const { line } of people) line.drop();
  });
});
