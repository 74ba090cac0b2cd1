import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { entryKey } from '../aws/dynamodb/items';
import { sendMessage } from '../chat/messages/send';
import { ProblemError } from '../chat/protocol/problems';
import { createMemoryBackend, Memory } from '../testbed/memory';
import { ModelTable } from '../testbed/model-table';
import { createRoomStores } from '../testbed/room-stores';

/** Assumed DynamoDB latencies: medians of log-normal distributions, in milliseconds. */
const READ_MS = 4;
const WRITE_MS = 5;
const SIGMA = 0.6;

const SECONDS = 10;
/** Messages per second to one room. */
const RATES = [25, 50, 75, 85, 100, 125, 150];

/**
 * Measures the message rate at which senders to one room get `room-busy`. Runs the real send loop and the real append writes
 * against an in-memory table with simulated DynamoDB latencies. Each sender has a separate execution environment.
 */
export async function measureContention() {
  const results = [];
  // Measures one rate at a time, so that the CPU time of one rate does not delay the others.
  for (const rate of RATES) results.push(await measureRate(rate));
  return results;
}

async function measureRate(rate: number) {
  const memory = new Memory();
  const room = '483920117';
  const table = new ModelTable();
  const head = { room, epoch: 'e', shards: 1 };
  memory.rooms.set(room, { ...head, seq: 0, lastTs: 0 });
  table.items.set(`room#${room} room`, { pk: `room#${room}`, sk: 'room', ...head });
  let lastSeq = 0;
  const entryAt = (seq: number) => {
    const { pk, sk } = entryKey(head, seq);
    return table.items.get(`${pk} ${sk}`);
  };
  /**
   * Returns the last entry of the log, which is the result of the only query. This is faster than a query of the model table.
   */
  const queryLast = () => {
    while (entryAt(lastSeq + 1)) lastSeq += 1;
    const last = entryAt(lastSeq);
    return { Items: last ? [last] : [] };
  };
  const client = {
    send: (command: unknown) => {
      if (command instanceof QueryCommand) return withLatency(READ_MS, 0.5, async () => queryLast());
      return command instanceof GetCommand
        ? withLatency(READ_MS, 0.5, async () => table.run(command))
        : withLatency(WRITE_MS, 0.7, async () => table.run(command));
    },
  };
  const stores = createRoomStores(client as never, 'connections', 'chat', 7);
  const senders = Array.from({ length: rate }, (_, index) => `connection-${index}`);
  for (const connectionId of senders) {
    const connection = {
      connectionId,
      userId: connectionId,
      username: 'Ada',
      connectedAt: 0,
      protocol: 'roomcast.v1',
    } as const;
    await memory.connections.open(connection, {
      ...connection,
      ...{ room, joinedAt: 0, shards: 1, role: 'member', standingVersion: 0 },
    });
  }
  const log: typeof memory.log = {
    ...memory.log,
    async readSender(...args) {
      const [view, current] = await Promise.all([memory.log.readSender(...args), stores.readRoom(room)]);
      return { ...view, ...(current ? { room: current } : {}) };
    },
    readRoom: stores.readRoom,
    append: stores.append,
  };
  const deps = {
    ...createMemoryBackend().deps,
    log,
    bus: memory.bus,
    now: Date.now,
    sleep,
    random: Math.random,
  };
  const totals = { accepted: 0, rejected: 0, lostRaces: 0, times: [] as number[] };
  await Promise.all(
    Array.from({ length: rate * SECONDS }, async (_, index) => {
      await sleep((index * 1000) / rate);
      const startedAt = performance.now();
      const frame = { room, text: String(index), clientMsgId: randomUUID() };
      try {
        const { lostRaces } = await sendMessage(deps, senders[index % rate] as string, frame);
        totals.accepted += 1;
        totals.lostRaces += lostRaces;
        totals.times.push(performance.now() - startedAt);
      } catch (error) {
        if (!(error instanceof ProblemError && error.type === 'room-busy')) throw error;
        totals.rejected += 1;
      }
    }),
  );
  const times = totals.times.sort((a, b) => a - b);
  return {
    'messages/s': rate,
    rejected: `${((100 * totals.rejected) / (rate * SECONDS)).toFixed(1)} %`,
    attempts: (1 + totals.lostRaces / totals.accepted).toFixed(1),
    'p50 ms': Math.round(quantile(times, 0.5)),
    'p99 ms': Math.round(quantile(times, 0.99)),
  };
}

/** Waits for a random latency: the given share of it before `work`, and the rest afterwards. */
async function withLatency<T>(medianMs: number, share: number, work: () => Promise<T>): Promise<T> {
  const z = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const ms = medianMs * Math.exp(SIGMA * z);
  await sleep(ms * share);
  const result = await work();
  await sleep(ms * (1 - share));
  return result;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
