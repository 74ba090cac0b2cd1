import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Push } from '../../chat/protocol/replies';
import { describeAtLength } from '../../testbed/at-length';
import { ChatConnection } from '../../testbed/chat-clients';
import { eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { countCalls } from '../support/call-counts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const WALKS = Number(process.env.WALKS ?? 2);
const ROOMS = 20;
const USERS = 8;
const STEPS = 8;
/** The median lag of the index that the fan-out queries. */
const LAG_MS = 800;
/** The additional lag on a busy machine. */
const SLACK_MS = 500;

const step = fc.record({
  action: fc.constantFrom('joinRoom' as const, 'leaveRoom' as const, 'sendmessage' as const),
  // Prefers two rooms, because users would otherwise rarely leave a joined room or send messages to it.
  roomIndex: fc.oneof(
    { weight: 3, arbitrary: fc.nat({ max: 1 }) },
    { weight: 1, arbitrary: fc.nat({ max: ROOMS - 1 }) },
  ),
});
const walks = fc.array(fc.array(step, { minLength: STEPS, maxLength: STEPS }), {
  minLength: USERS,
  maxLength: USERS,
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A user who joins rooms, leaves rooms and sends messages. Records the pushes that the user receives. */
class Walker {
  readonly joinedRooms = new Set<string>();
  readonly allJoinedRooms = new Set<string>();
  departures = 0;
  /** The time of the reply to `leaveRoom`, for each room that the user has not rejoined. */
  readonly leftAt = new Map<string, number>();
  readonly pushes: Push<'message'>[] = [];
  connection!: ChatConnection;

  async connect(url: string): Promise<this> {
    this.connection = await ChatConnection.open(url, undefined, (push) => this.pushes.push(push));
    return this;
  }

  async request(action: 'joinRoom' | 'leaveRoom' | 'sendmessage', room: string): Promise<void> {
    if (action === 'joinRoom') {
      this.allJoinedRooms.add(room);
      this.leftAt.delete(room);
    }
    const reply = await this.connection.request(action, {
      room,
      ...(action === 'sendmessage' ? { text: room } : {}),
    });
    const replyType = { joinRoom: 'joined', leaveRoom: 'left', sendmessage: 'ack' }[action];
    const isMember = action === 'joinRoom' || this.joinedRooms.has(room);
    expect(reply.type).toBe(isMember ? replyType : 'error');
    if (!isMember) expect(reply.problem.type).toBe('urn:roomcast:unknown-room');
    if (action === 'joinRoom') this.joinedRooms.add(room);
    if (action === 'leaveRoom' && this.joinedRooms.delete(room)) {
      this.departures += 1;
      this.leftAt.set(room, Date.now());
    }
  }

  /** Returns the pushes that were sent more than `ms` after the user left the room. */
  pushesAfterLeaving(ms: number): Push<'message'>[] {
    return this.pushes.filter(({ room, ts }) => Date.parse(ts) > (this.leftAt.get(room) ?? Infinity) + ms);
  }

  /** Returns the rooms in which the user received `text`. */
  roomsWithText(text: string): string[] {
    return [...new Set(this.pushes.filter((push) => push.text === text).map(({ room }) => room))].sort();
  }
}

describeAtLength('room isolation', () => {
  let stack: Stack;
  let host: ChatConnection;
  /**
   * Stays connected for all tests, because the clean-up of a closed connection would add calls to the count of the next
   * request.
   */
  let stranger: ChatConnection;
  const rooms: string[] = [];

  beforeAll(async () => {
    // The limits are raised, because the host sends messages to all rooms concurrently.
    stack = await startStack(['--parameter-overrides', 'Limits=loadTest', 'Tracing=PassThrough']);
    host = await ChatConnection.open(stack.wsUrl);
    stranger = await ChatConnection.open(stack.wsUrl);
    while (rooms.length < ROOMS) rooms.push((await host.request('createRoom')).room);
  });
  afterAll(() => stack.stop());

  it.each([
    ['sendmessage', { text: 'hello' }],
    ['history', {}],
    ['members', {}],
    ['leaveRoom', {}],
  ])(
    '%s returns the same error after the same calls for missing rooms and non-members',
    async (action, fields) => {
      const missing = rooms.includes('483920117') ? '483920118' : '483920117';
      const probe = async (room: string | undefined) => {
        let reply: unknown;
        const calls = await countCalls(stack, async () => {
          reply = await stranger.request(action, { room, ...fields });
        });
        // Excludes updates, because the charge before the read of the room takes one or two updates, depending on the state of
        // the budget.
        const reads = Object.entries(calls).filter(
          ([name]) => name.startsWith('dynamodb.') && name !== 'dynamodb.UpdateItem',
        );
        return { reply, calls: reads };
      };

      const notJoined = await probe(rooms[0]);
      expect(notJoined.reply).toMatchObject({
        type: 'error',
        problem: { type: 'urn:roomcast:unknown-room' },
      });
      expect(notJoined.calls).not.toEqual([]);
      expect(await probe(missing)).toEqual(notJoined);
    },
  );

  it(
    `delivers messages only to members in ${WALKS} walks (SEED=${SEED})`,
    async () => {
      await stack.addFault({ service: 'dynamodb', kind: 'index-lag', medianMs: LAG_MS });
      await waitForLag();
      let [departures, latePushes] = [0, 0];
      for (const steps of fc.sample(walks, { seed: SEED, numRuns: WALKS })) {
        const walkers = await walk(steps);
        for (const walker of walkers) departures += walker.departures;
        latePushes += walkers.flatMap((walker) => walker.pushesAfterLeaving(0)).length;
      }
      process.stdout.write(
        `${WALKS} walks, SEED=${SEED}: ${departures} departures, ${latePushes} messages received after one\n`,
      );
      expect(departures).toBeGreaterThan(0);
    },
    300_000 + WALKS * 20_000,
  );

  /** Waits until the index lags, so that it still lists a member who has left. `members` reads the index of the fan-out. */
  async function waitForLag(): Promise<void> {
    const room = rooms[0] as string;
    const countListed = async () => (await host.request('members', { room })).members.length;
    await eventually(async () => {
      await stranger.request('joinRoom', { room });
      await eventually(async () => (await countListed()) === 2);
      await stranger.request('leaveRoom', { room });
      return (await countListed()) === 2;
    });
  }

  /** Runs all walks concurrently and checks the pushes that each user has received. */
  async function walk(steps: Step[][]): Promise<Walker[]> {
    const walkers = await Promise.all(Array.from({ length: USERS }, () => new Walker().connect(stack.wsUrl)));
    await Promise.all(
      walkers.map(async (walker, index) => {
        for (const { action, roomIndex } of steps[index] ?? []) {
          const room = rooms[roomIndex] as string;
          const wasMember = walker.joinedRooms.has(room);
          await walker.request(action, room);
          // The index may still list the user who has left, so this push may still arrive.
          if (wasMember && action === 'leaveRoom') await host.request('sendmessage', { room, text: room });
        }
      }),
    );

    // Messages that were sent before the index was updated may still arrive. Later messages must not arrive.
    await sleep(LAG_MS + SLACK_MS);
    const lastText = 'last message';
    const acks = await Promise.all(
      rooms.map((room) => host.request('sendmessage', { room, text: lastText })),
    );
    expect(acks).toEqual(acks.map(() => expect.objectContaining({ type: 'ack' })));
    await eventually(async () =>
      walkers.every((walker) => walker.roomsWithText(lastText).length >= walker.joinedRooms.size),
    );
    await eventually(async () => (await stack.underWay()) === 0);
    const executions = await stack.executions();
    expect(executions.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);

    for (const walker of walkers) {
      expect(walker.roomsWithText(lastText)).toEqual([...walker.joinedRooms].sort());
      expect(walker.pushesAfterLeaving(LAG_MS + SLACK_MS)).toEqual([]);
      expect(walker.pushes.filter(({ room }) => !walker.allJoinedRooms.has(room))).toEqual([]);
      // The text of every other message is the number of the room to which it was sent.
      expect(walker.pushes.filter(({ room, text }) => text !== room && text !== lastText)).toEqual([]);
    }
    for (const { connection } of walkers) connection.drop();
    return walkers;
  }
});
