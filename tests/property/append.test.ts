import fc from 'fast-check';
import { entryPosition } from '../../aws/dynamodb/items';
import { type ChangeDependencies, deleteMessage } from '../../chat/messages/change';
import { appendMessage } from '../../chat/messages/send';
import { ProblemError } from '../../chat/protocol/problems';
import type { Entry, Room } from '../../chat/types';
import { describeAtLength } from '../../testbed/at-length';
import { createMemoryBackend } from '../../testbed/memory';
import { ModelTable } from '../../testbed/model-table';
import { createRoomStores } from '../../testbed/room-stores';
import { type Choose, exploreAll, type Process, runInterleaved } from '../support/interleavings';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const WALKS = Number(process.env.APPEND_WALKS ?? 300);
const NOW = Date.now();
const ROOM = '483920117';

interface Ack {
  id: string | undefined;
  /** The message ID that the request generated. */
  writer: string;
  entry: Entry;
  shards: number;
  duplicate: boolean;
}

/** A message, a deletion of the first message, or the deletion of the first message by TTL. */
type Request = { id?: string; skew?: number } | 'delete' | 'expire';

/** The initial log of the room: no message, a message that does not expire during the test, or a message that expires soon. */
type Start = 'empty' | 'lasting' | 'expiring';

/** Runs concurrent requests in a room and checks the promises of the chat. */
class Execution {
  private readonly table = new ModelTable();
  private readonly acks: Ack[] = [];
  /** The last entry that was acknowledged when each request started. */
  private readonly acknowledgedAtStart: [number, string][] = [];
  private changes = 0;
  private lostRaces = 0;
  private unanswered = 0;

  constructor(private readonly first: Start) {
    const hasEntry = first !== 'empty';
    this.add({
      ...{ pk: `room#${ROOM}`, sk: 'room', room: ROOM, epoch: 'e', shards: 1 },
      ...(hasEntry ? { log: 0, logVersion: 1 } : {}),
    });
    if (!hasEntry) return;
    this.add({
      ...{ pk: `room#${ROOM}`, sk: 'entry#000000000000001', room: ROOM, epoch: 'e', seq: 1 },
      ...{ kind: 'message', messageId: 'first', text: 'first', userId: 'g-1', username: 'Ada' },
      ...{ ts: NOW - 1, expiresAt: Math.floor(NOW / 1000) + (first === 'lasting' ? 7 * 24 * 3600 : 60) },
    });
  }

  private add(item: { pk: string; sk: string; [name: string]: unknown }): void {
    this.table.items.set(`${item.pk} ${item.sk}`, item);
  }

  async run(requests: readonly Request[], choose: Choose, faults: number): Promise<void> {
    const observer = { afterCall: () => this.checkLog(), describe: () => this.describe() };
    const processes = requests.map((request, index) => this.createProcess(request, index));
    const late = await runInterleaved(processes, choose, faults, observer);
    this.unanswered = late.length;
    const isLate = late.length > 0 && choose(2) === 1;
    if (!isLate) for (const run of late) run();
    // Every client retries a message with an ID until it is acknowledged.
    const ids = requests.flatMap((request) =>
      typeof request === 'object' && request.id ? [request.id] : [],
    );
    const retries = [...new Set(ids)].map((id, index) => this.createProcess({ id }, 100 + index));
    for (const retry of retries) await runInterleaved([retry], () => 0, 0, observer);
    if (isLate) for (const run of late) run();
    this.checkLog();
    this.checkAcks(requests);
  }

  /** Counts events, to detect runs that test nothing. */
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
        const log = createRoomStores(client);
        const { deps } = createMemoryBackend({ now: NOW });
        const skew = typeof request === 'object' ? (request.skew ?? 0) : 0;
        let waits = 0;
        const sleep = async () => {
          waits += 1;
          if (waits > 20) throw new Error('The request does not end.');
        };
        const dependencies = { ...deps, log, now: () => NOW + skew, sleep };
        if (request === 'expire') return this.expire(call);
        // The read of the head starts the request.
        const room = (await log.readRoom(ROOM)) as Room;
        const acknowledged = this.acks.map(({ entry }) => positionOf(entry)).reduce(later, '');
        this.acknowledgedAtStart.push([index, acknowledged]);
        if (request === 'delete') return this.deleteFirst(dependencies, room, acknowledged);
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

  /** Deletes the first message, unless it has expired. */
  private async deleteFirst(deps: ChangeDependencies, room: Room, acknowledged: string): Promise<void> {
    if (room.epoch !== 'e') return; // in another log, seq 1 is a different message
    const actor = { userId: 'g-1', username: 'Ada', role: 'member' as const };
    try {
      const { seq = 0, duplicate } = await deleteMessage(deps, actor, { room, seq: 1 });
      this.changes += 1;
      if (!duplicate && entryPosition('e', seq) <= acknowledged)
        throw new Error(`The deletion has the wrong position ${seq}.`);
    } catch (error) {
      const isUnknown = error instanceof ProblemError && error.type === 'unknown-message';
      if (!isUnknown || this.first === 'lasting') throw error;
    }
  }

  /** Deletes the first message, like TTL. */
  private async expire(call: (run: () => unknown) => Promise<unknown>): Promise<void> {
    await call(() => this.table.items.delete(`room#${ROOM} ${entryPosition('e', 1)}`));
  }

  private describe(): string {
    return JSON.stringify([
      [...this.table.items].sort(([a], [b]) => (a < b ? -1 : 1)),
      this.acks.map((ack) => JSON.stringify(ack)).sort(),
      this.acknowledgedAtStart.map(String).sort(),
      this.changes,
    ]);
  }

  /** All entries in order. The entries of a later log follow the entries of the first log. */
  private get entries(): Entry[] {
    const items = [...this.table.items].filter(([key]) => key.includes(' entry#'));
    return items.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item as never);
  }

  /** @throws Error if a log has a gap or its times are out of order */
  private checkLog(): void {
    for (const epoch of ['e', 'e.1', 'e.2']) {
      const log = this.entries.filter((entry) => entry.epoch === epoch);
      const start = epoch === 'e' && this.first === 'expiring' ? (log[0]?.seq ?? 1) : 1;
      for (const [index, entry] of log.entries()) {
        if (entry.seq !== start + index || start > 2) throw new Error(`The log has no entry ${index + 1}.`);
        if (entry.ts < (log[index - 1]?.ts ?? 0))
          throw new Error(`Entry ${entry.seq} is earlier than the previous entry.`);
      }
    }
  }

  private checkAck({ entry, duplicate, writer }: Ack, acknowledged: string): void {
    const position = positionOf(entry);
    const item = this.entries.find((stored) => positionOf(stored) === position);
    const { messageId, text, ts, ...stored } = item as Entry & { writer?: string };
    if (duplicate !== ((stored.writer ?? messageId) !== writer))
      throw new Error(`The ack of ${position} has the wrong value of duplicate.`);
    if (messageId !== entry.messageId || text !== entry.text || ts !== entry.ts)
      throw new Error(`${position} is not the acknowledged message.`);
    // The acknowledged message has not expired, so the room cannot have a later log.
    if (this.entries.at(-1)?.epoch !== entry.epoch) throw new Error(`${position} is not in the current log.`);
    if (!duplicate && position <= acknowledged)
      throw new Error(`${position} is before one that was acknowledged when it was sent.`);
  }

  private checkAcks(requests: readonly Request[]): void {
    const { entries, acks } = this;
    for (const ack of acks) this.checkAck(ack, '');
    const messages = requests.filter((request) => typeof request === 'object');
    for (const id of new Set(messages.flatMap(({ id }) => id ?? []))) {
      const copies = entries.filter(({ clientMsgId }) => clientMsgId === id);
      if (copies.length !== 1) throw new Error(`The message ${id} is stored ${copies.length} times.`);
      const own = acks.filter((ack) => ack.id === id);
      if (own.some(({ entry }) => entry.seq !== copies[0]?.seq)) throw new Error(`The acks of ${id} differ.`);
      if (own.filter(({ duplicate }) => !duplicate).length > 1) throw new Error(`${id} was stored twice.`);
    }
    const unnamed = acks.filter(({ id }) => id === undefined).map(({ entry }) => entry.seq);
    if (new Set(unnamed).size !== unnamed.length) throw new Error('Two messages have one position.');
    if (entries.length - 1 > messages.length + this.changes + 1)
      throw new Error('The logs have too many entries.');
  }
}

function positionOf({ epoch, seq }: Pick<Entry, 'epoch' | 'seq'>): string {
  return entryPosition(epoch, seq);
}

function later(a: string, b: string): string {
  return a < b ? b : a;
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

/**
 * Runs the requests in every possible order of their calls. `faults` is the number of crashes or repeated calls, which can
 * occur at any call.
 */
async function explore(first: Start, requests: readonly Request[], faults: number): Promise<void> {
  const executions = await exploreAll((choose) => new Execution(first).run(requests, choose, faults));
  process.stdout.write(`${executions} executions\n`);
  expect(executions).toBeGreaterThan(100);
}

describeAtLength('all interleavings of appends to a room', () => {
  it.each<[string, Start, readonly Request[], number]>([
    ['one message twice, with a fault', 'lasting', same, 1],
    ['two messages, with a fault', 'lasting', different, 1],
    ['messages with and without an ID, with a fault', 'lasting', [{ id: 'a' }, { skew: 3 }], 1],
    ['a message and a deletion, with a fault', 'lasting', [{ id: 'a' }, 'delete'], 1],
    ['one message twice, and another message', 'lasting', [...same, { id: 'b' }], 0],
    ['the first message twice, with a fault', 'empty', same, 1],
    ['two first messages, with a fault', 'empty', different, 1],
    ['one message twice while the log expires, with a fault', 'expiring', [...same, 'expire'], 1],
    ['two messages while the log expires, with a fault', 'expiring', [...different, 'expire'], 1],
    ['a deletion while the log expires, with a fault', 'expiring', [{ id: 'a' }, 'delete', 'expire'], 1],
  ])('keeps every promise: %s', async (_, first, requests, faults) => explore(first, requests, faults));
});

describe('appends to a room', () => {
  it('keeps every promise in random interleavings of many requests and faults', async () => {
    const request = fc.constantFrom<Request>(
      { id: 'a' },
      { id: 'a', skew: 9 },
      { id: 'b' },
      {},
      'delete',
      'expire',
    );
    const start = fc.constantFrom<Start>('empty', 'lasting', 'expiring');
    const totals: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.array(request, { minLength: 3, maxLength: 5 }),
        fc.nat({ max: 4 }),
        fc.infiniteStream(fc.nat()),
        async (first, drawn, faults, choices) => {
          // An empty log has no first message to delete, and a lasting entry does not expire.
          const impossible = { empty: ['delete', 'expire'], lasting: ['expire'], expiring: [] }[
            first
          ] as Request[];
          const requests = drawn.filter((request) => !impossible.includes(request));
          const choose = (options: number) => (choices.next().value as number) % options;
          const execution = new Execution(first);
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
