import fc from 'fast-check';
import { createRoomLog } from '../../functions/aws/dynamodb/room-log';
import { appendMessage } from '../../functions/chat/append-message';
import { deleteMessage } from '../../functions/chat/change-message';
import type { Entry, Room } from '../../functions/chat/types';
import { describeAtLength } from '../support/at-length';
import { type Choose, exploreAll, type Process, runInterleaved } from '../support/interleavings';
import { createMemoryBackend } from '../support/memory';
import { ModelTable } from '../support/model-table';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const WALKS = Number(process.env.APPEND_WALKS ?? 300);
const NOW = Date.now();
const ROOM = '483920117';

interface Ack {
  id: string | undefined;
  /** The message ID that the request has generated. */
  writer: string;
  entry: Entry;
  shards: number;
  duplicate: boolean;
}

/** A message of one user, or another request to the room. */
type Request = { id?: string; skew?: number } | 'grow' | 'delete';

/** Runs requests concurrently in a room with one message, and checks the promises of the chat. */
class Execution {
  private readonly table = new ModelTable();
  private readonly acks: Ack[] = [];
  /** The last entry that was acknowledged when each request started. */
  private readonly acknowledgedAtStart: [number, number][] = [];
  private joinHead?: number;
  private changes = 0;
  private lostRaces = 0;
  private unanswered = 0;

  constructor() {
    const head = {
      pk: `room#${ROOM}`,
      sk: 'room',
      room: ROOM,
      epoch: 'e',
      seq: 1,
      shards: 1,
      lastTs: NOW - 1,
    };
    this.table.items.set(`${head.pk} ${head.sk}`, head);
    const first = {
      epoch: 'e',
      seq: 1,
      kind: 'message',
      messageId: 'first',
      text: 'first',
      userId: 'g-1',
      username: 'Ada',
    };
    const key = { pk: `room#${ROOM}`, sk: 'entry#000000000000001' };
    this.table.items.set(`${key.pk} ${key.sk}`, {
      ...key,
      ...first,
      room: ROOM,
      ts: NOW - 1,
      expiresAt: NOW,
    });
  }

  async run(requests: readonly Request[], choose: Choose, faults: number): Promise<void> {
    const observer = { afterCall: () => this.checkLog(), describe: () => this.describe() };
    const processes = requests.map((request, index) => this.createProcess(request, index));
    const late = await runInterleaved(processes, choose, faults, observer);
    this.unanswered = late.length;
    const isLate = late.length > 0 && choose(2) === 1;
    if (!isLate) for (const run of late) run();
    // Every client repeats a message with an ID until it is acknowledged.
    const ids = requests.flatMap((request) =>
      typeof request === 'object' && request.id ? [request.id] : [],
    );
    const retries = [...new Set(ids)].map((id, index) => this.createProcess({ id }, 100 + index));
    for (const retry of retries) await runInterleaved([retry], () => 0, 0, observer);
    if (isLate) for (const run of late) run();
    this.checkLog();
    this.checkAcks(requests);
  }

  /** What has happened, to detect runs that test nothing. */
  get occurrences(): Record<string, number> {
    const { acks, changes, lostRaces, unanswered } = this;
    const duplicates = acks.filter(({ duplicate }) => duplicate).length;
    return { acks: acks.length, duplicates, changes, lostRaces, unanswered };
  }

  private createProcess(request: Request, index: number): Process {
    return {
      name: String(index),
      start: async (call) => {
        const client = { send: (command: unknown) => call(() => this.table.run(command)) };
        const log = createRoomLog(client as never, 'connections', 'chat', 7);
        const { deps } = createMemoryBackend({ now: NOW });
        const skew = typeof request === 'object' ? (request.skew ?? 0) : 0;
        let waits = 0;
        const sleep = async () => {
          waits += 1;
          if (waits > 20) throw new Error('The request does not end.');
        };
        const dependencies = { ...deps, log, now: () => NOW + skew, sleep };
        if (request === 'grow') return this.grow(log);
        // The read of the head starts the request.
        const room = (await log.readRoom(ROOM)) as Room;
        const acknowledged = Math.max(0, ...this.acks.map(({ entry }) => entry.seq));
        this.acknowledgedAtStart.push([index, acknowledged]);
        if (request === 'delete') {
          const actor = { userId: 'g-1', username: 'Ada', role: 'member' as const };
          const { seq = 0, duplicate } = await deleteMessage(dependencies, actor, { room, seq: 1 });
          this.changes += 1;
          if (this.head.seq < seq || (!duplicate && seq <= acknowledged))
            throw new Error(`The deletion has the wrong position ${seq}.`);
          return;
        }
        const writer = `m${index}`;
        const { lostRaces, ...stored } = await appendMessage(dependencies, room, (current) =>
          createEntry(current, writer, request, NOW + skew),
        );
        this.lostRaces += lostRaces;
        this.acks.push({ id: request.id, writer, ...stored });
        this.checkAck(this.acks.at(-1) as Ack, acknowledged);
      },
    };
  }

  /** Doubles the index keys of the room. A member joins under a new key, and reads the head after that. */
  private async grow(log: ReturnType<typeof createRoomLog>): Promise<void> {
    await log.setShards({ room: ROOM, epoch: 'e', seq: 1, shards: 1, lastTs: NOW }, 2);
    this.joinHead = (await log.readRoom(ROOM))?.seq;
  }

  private describe(): string {
    return JSON.stringify([
      [...this.table.items].sort(([a], [b]) => (a < b ? -1 : 1)),
      this.acks.map((ack) => JSON.stringify(ack)).sort(),
      this.acknowledgedAtStart.map(String).sort(),
      ...[this.joinHead, this.changes],
    ]);
  }

  private get head(): { seq: number; lastTs: number } {
    return this.table.items.get(`room#${ROOM} room`) as never;
  }

  private get log(): Entry[] {
    const items = [...this.table.items].filter(([key]) => key.includes(' entry#'));
    return items.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item as never);
  }

  /** The log has no gap and ends at the head or after it. */
  private checkLog(): void {
    const { log } = this;
    for (const [index, entry] of log.entries()) {
      if (entry.seq !== index + 1) throw new Error(`The log has no entry ${index + 1}.`);
      if (entry.ts < (log[index - 1]?.ts ?? 0))
        throw new Error(`Entry ${entry.seq} is earlier than the one before.`);
    }
    if (this.head.seq > log.length) throw new Error('The head is after the log.');
  }

  private checkAck({ entry, duplicate, writer }: Ack, acknowledged: number): void {
    const item = this.log[entry.seq - 1] as Entry & { writer?: string };
    const { messageId, text, ts } = item;
    if (duplicate !== ((item.writer ?? messageId) !== writer))
      throw new Error(`The ack of entry ${entry.seq} has the wrong value of duplicate.`);
    if (messageId !== entry.messageId || text !== entry.text || ts !== entry.ts)
      throw new Error(`Entry ${entry.seq} is not the acknowledged message.`);
    if (this.head.seq < entry.seq) throw new Error(`The head is before the acknowledged entry ${entry.seq}.`);
    if (!duplicate && entry.seq <= acknowledged)
      throw new Error(`Entry ${entry.seq} is before one that was acknowledged when it was sent.`);
  }

  private checkAcks(requests: readonly Request[]): void {
    const { log, acks } = this;
    for (const ack of acks) this.checkAck(ack, 0);
    const messages = requests.filter((request) => typeof request === 'object');
    for (const id of new Set(messages.flatMap(({ id }) => id ?? []))) {
      const copies = log.filter(({ clientMsgId }) => clientMsgId === id);
      if (copies.length !== 1) throw new Error(`The message ${id} is stored ${copies.length} times.`);
      const own = acks.filter((ack) => ack.id === id);
      if (own.some(({ entry }) => entry.seq !== copies[0]?.seq)) throw new Error(`The acks of ${id} differ.`);
      if (own.filter(({ duplicate }) => !duplicate).length > 1) throw new Error(`${id} was stored twice.`);
    }
    const unnamed = acks.filter(({ id }) => id === undefined).map(({ entry }) => entry.seq);
    if (new Set(unnamed).size !== unnamed.length) throw new Error('Two messages have one position.');
    if (log.length - 1 > messages.length + this.changes + 1) throw new Error('The log has too many entries.');
    for (const { entry, shards } of acks)
      if (shards === 1 && this.joinHead !== undefined && entry.seq > this.joinHead)
        throw new Error(`A member who joined under a new key misses entry ${entry.seq}.`);
  }
}

function createEntry(room: Room, messageId: string, { id }: { id?: string }, now: number): Entry {
  return {
    ...{ room: room.room, epoch: room.epoch, seq: room.seq + 1, kind: 'message' as const, messageId },
    ...(id === undefined ? {} : { clientMsgId: id }),
    ...{ from: { userId: 'g-1', username: 'Ada' }, text: id ?? 'plain', ts: Math.max(now, room.lastTs) },
  };
}

const same = [{ id: 'a' }, { id: 'a', skew: -5 }];
const different = [{ id: 'a' }, { id: 'b', skew: -5 }];

/** Runs the requests in every order of their calls, with this number of crashes and repeated calls at any of them. */
async function explore(requests: readonly Request[], faults: number): Promise<void> {
  const executions = await exploreAll((choose) => new Execution().run(requests, choose, faults));
  process.stdout.write(`${executions} executions\n`);
  expect(executions).toBeGreaterThan(100);
}

describeAtLength('all interleavings of appends to a room', () => {
  it.each<[string, readonly Request[], number]>([
    ['one message twice, with a fault', same, 1],
    ['two messages, with a fault', different, 1],
    ['a message and one without an ID, with a fault', [{ id: 'a' }, { skew: 3 }], 1],
    ['a message and a deletion, with a fault', [{ id: 'a' }, 'delete'], 1],
    ['a message while the room grows, with a fault', [{ id: 'a' }, 'grow'], 1],
    ['one message twice, and another one', [...same, { id: 'b' }], 0],
  ])('keep every promise: %s', async (_, requests, faults) => explore(requests, faults));
});

describe('appends to a room', () => {
  it('keep every promise in random interleavings of many requests and faults', async () => {
    const request = fc.constantFrom<Request>(
      { id: 'a' },
      { id: 'a', skew: 9 },
      { id: 'b' },
      {},
      'delete',
      'grow',
    );
    const totals: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 3, maxLength: 5 }),
        fc.nat({ max: 4 }),
        fc.infiniteStream(fc.nat()),
        async (requests, faults, choices) => {
          const choose = (options: number) => (choices.next().value as number) % options;
          const execution = new Execution();
          await execution.run(requests, choose, faults);
          for (const [name, count] of Object.entries(execution.occurrences))
            totals[name] = (totals[name] ?? 0) + count;
        },
      ),
      { seed: SEED, numRuns: WALKS },
    );
    process.stdout.write(`${WALKS} walks, SEED=${SEED}: ${JSON.stringify(totals)}\n`);
    expect(Object.entries(totals).filter(([, count]) => count === 0)).toEqual([]);
  });
});
