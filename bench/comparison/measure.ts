import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clients } from './clients';
import { createDialect } from './clients/dialects';
import type { Design } from './designs';
import { findHighestRate } from './rate-search';
import { type Server, startServer } from './server';
import { quantile } from './statistics';
import { withTimeout } from './with-timeout';

/** The number of rooms in the rate test. */
export const ROOMS = 50;
/** A rate counts as sustained if the 99th percentile of the latency is at most this. */
const LATENCY_LIMIT_MS = 1000;
const RATE_SECONDS = 4;
const DRAIN_MS = 6000;
const RATE_BUDGET_MS = 30_000;
/** The number of searches. The first search also warms up the functions at the rates that the design sustains. */
const RATE_SEARCHES = 2;
const RATES = { start: 8, max: 1024 };

const OPEN_TIMEOUT_MS = 180_000;
const MESSAGE_TIMEOUT_MS = 20_000;
/** The time limit for the messages of one size. No message is sent after it. */
const SIZE_BUDGET_MS = 30_000;
/** The pause after each message, in which the server completes background work such as logging. */
const PAUSE_MS = 150;
const SETTLE_MS = 700;

/** The measurements of one size in one round. Times are in milliseconds. */
export interface SizeSample {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly ack: readonly number[];
  /** The time until the last receipt of the first message that is sent after the connections are opened. */
  readonly cold: number;
  /** The CPU time per message. */
  readonly serverCpu: number;
  readonly clientCpu: number;
  /** Memory of the server in megabytes: before the messages, and the peak. */
  readonly idleMb: number;
  readonly peakMb: number;
}

export type Measured<T> = { readonly value: T } | { readonly failure: string };

/**
 * Measures one design in new processes. Grows a room to each of `sizes` and sends it one message at a time. Stops at the first
 * failure.
 */
export async function measureSizes(
  design: Design,
  sizes: readonly number[],
  onSize: (size: number, measured: Measured<SizeSample>) => void,
): Promise<void> {
  await run(design, async (server, clients) => {
    for (const size of sizes) {
      const measured = await capture(() => measureSize(server, clients, size));
      onSize(size, measured);
      if ('failure' in measured) return;
    }
  }).catch((error: Error) => onSize(sizes[0] as number, { failure: error.message }));
}

/**
 * Measures the highest message rate that rooms with `members` connections sustain: at this rate, the 99th percentile of the
 * latency is at most one second.
 */
export async function measureRate(design: Design, members: number): Promise<Measured<number>> {
  return capture(() =>
    run(design, async (_, clients) => {
      await withTimeout('connections', OPEN_TIMEOUT_MS, clients.open(ROOMS, members));
      await sleep(SETTLE_MS);
      let best = 0;
      for (let search = 0; search < RATE_SEARCHES; search += 1) {
        const found = await searchRate(clients, Math.max(RATES.start, best / 2));
        best = Math.max(best, found);
      }
      return best;
    }),
  );
}

/**
 * Measures the time in milliseconds from the start of the program until its first client has received its first message.
 * Includes the deployment, if the program deploys the application.
 */
export async function measureStart(design: Design): Promise<number> {
  const startedAt = performance.now();
  const server = await startServer(design);
  try {
    const dialect = createDialect(design.dialect, server.urls);
    const { name, first } = await dialect.createRoom(0);
    dialect.send(first, name, 0, 'hello');
    await withTimeout('first message', MESSAGE_TIMEOUT_MS, once(first, 'message'));
    const millis = performance.now() - startedAt;
    first.terminate();
    return millis;
  } finally {
    await server.stop();
  }
}

async function searchRate(clients: Clients, start: number): Promise<number> {
  const startedAt = performance.now();
  let isOverloaded = false;
  const hasTime = () => !isOverloaded && performance.now() - startedAt < RATE_BUDGET_MS;
  return findHighestRate({ start, max: RATES.max, hasTime }, async (rate) => {
    const { latencies, missing } = await clients.sendAtRate(rate, RATE_SECONDS, DRAIN_MS);
    isOverloaded = missing > 0;
    const sorted = latencies.sort((a, b) => a - b);
    return missing === 0 && quantile(sorted, 0.99) <= LATENCY_LIMIT_MS;
  });
}

async function run<T>(design: Design, work: (server: Server, clients: Clients) => Promise<T>): Promise<T> {
  const server = await startServer(design);
  const clients = Clients.start(design.dialect, server.urls);
  try {
    return await work(server, clients);
  } finally {
    await server.stop();
    await clients.stop();
  }
}

async function capture<T>(work: () => Promise<T>): Promise<Measured<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}

async function measureSize(server: Server, clients: Clients, size: number): Promise<SizeSample> {
  await withTimeout(`${size} connections`, OPEN_TIMEOUT_MS, clients.open(1, size));
  await sleep(SETTLE_MS);
  const idleMb = server.usage().residentMb;
  const startedAt = performance.now();
  const cold = (await clients.send(MESSAGE_TIMEOUT_MS)).lastMs;
  await sleep(SETTLE_MS);
  const readCpu = () => [server.usage().cpuMs, clients.cpuMs] as const;
  const before = readCpu();
  const messages = [];
  do {
    messages.push(await clients.send(MESSAGE_TIMEOUT_MS));
    await sleep(PAUSE_MS);
  } while (messages.length < countMessages(size) && performance.now() - startedAt < SIZE_BUDGET_MS);
  await sleep(SETTLE_MS);
  const [serverCpu = 0, clientCpu = 0] = readCpu().map(
    (cpuMs, index) => (cpuMs - (before[index] ?? 0)) / messages.length,
  );
  return {
    first: messages.map(({ firstMs }) => firstMs),
    last: messages.map(({ lastMs }) => lastMs),
    ack: messages.flatMap(({ ackMs }) => ackMs ?? []),
    cold,
    serverCpu,
    clientCpu,
    idleMb,
    peakMb: server.usage().peakMb,
  };
}

/** Returns the number of messages to send. Small rooms get more messages, because their times vary more. */
function countMessages(size: number): number {
  return Math.min(20, Math.max(4, Math.round(5000 / size)));
}
