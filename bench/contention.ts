import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RoomLog } from '../functions/chat/ports';
import { ProblemError } from '../functions/chat/problems';
import { sendMessage } from '../functions/chat/send';
import { createMemoryBackend, Memory } from '../tests/support/memory';

/** DynamoDB's latencies as measured on AWS: the median in milliseconds, and a log-normal tail. */
const READ_MS = 4;
const TRANSACTION_MS = 12;
const SIGMA = 0.6;

const SECONDS = 20;
/** Messages a second into one room. */
const RATES = [25, 50, 75, 100, 125, 150, 200];

/**
 * How many messages a second one room takes before senders are refused as `room-busy`: the real send loop over a log in
 * memory that answers as late as DynamoDB does, every sender with a function of its own. A transaction that lost learns
 * it only when it would have committed, which is the worst case: on AWS a conflict is told sooner.
 */
export async function contention() {
  return Promise.all(RATES.map(measure));
}

async function measure(rate: number) {
  const memory = new Memory();
  const room = '483920117';
  memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
  const senders = Array.from({ length: rate }, (_, index) => `connection-${index}`);
  for (const connectionId of senders) {
    const connection = {
      connectionId,
      userId: connectionId,
      username: 'Ada',
      connectedAt: 0,
      protocol: 'roomcast.v1',
    } as const;
    await memory.connections.open(connection, { ...connection, room, joinedAt: 0, shards: 1 });
  }
  const log: RoomLog = {
    ...memory.log,
    readSender: (...args) => late(READ_MS, 0.5, () => memory.log.readSender(...args)),
    append: (append) => late(TRANSACTION_MS, 0.7, () => memory.log.append(append)),
  };
  const deps = {
    ...createMemoryBackend().deps,
    log,
    bus: memory.bus,
    now: Date.now,
    sleep,
    random: Math.random,
  };
  const sent = { accepted: 0, refused: 0, lostRaces: 0, times: [] as number[] };
  await Promise.all(
    Array.from({ length: rate * SECONDS }, async (_, index) => {
      await sleep((index * 1000) / rate);
      const begun = performance.now();
      const frame = { room, text: String(index), clientMsgId: randomUUID() };
      try {
        const { lostRaces } = await sendMessage(deps, senders[index % rate] as string, frame);
        sent.accepted += 1;
        sent.lostRaces += lostRaces;
        sent.times.push(performance.now() - begun);
      } catch (error) {
        if (!(error instanceof ProblemError && error.type === 'room-busy')) throw error;
        sent.refused += 1;
      }
    }),
  );
  const times = sent.times.sort((a, b) => a - b);
  return {
    'messages/s': rate,
    refused: `${((100 * sent.refused) / (rate * SECONDS)).toFixed(1)} %`,
    tries: (1 + sent.lostRaces / sent.accepted).toFixed(1),
    'p50 ms': Math.round(quantile(times, 0.5)),
    'p99 ms': Math.round(quantile(times, 0.99)),
  };
}

/** Does `work` after its share of a latency, and answers after the rest. */
async function late<T>(medianMs: number, share: number, work: () => Promise<T>): Promise<T> {
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
