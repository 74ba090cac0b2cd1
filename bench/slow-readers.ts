import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatConnection } from '../testbed/chat-clients';
import { Client } from '../testbed/client';
import { readUrl, startRuntimeProcess } from '../testbed/runtime-process';

const MEMBERS = 10;
const TEXT = 'x'.repeat(16_000); // large enough to fill the socket buffers of the kernel
const MESSAGES_PER_SECOND = 20;
const OTHER_ROOMS = 3;
const READING_SECONDS = 30;
const PAUSED_SECONDS = 90;
const WINDOW_SECONDS = 10;

/** A message to another room, with its send time and delivery time. */
interface Delivery {
  sentAt: number;
  ms: number;
}

/**
 * Measures deliveries to other rooms while one room receives 20 messages per second. The ten members of this room read the
 * messages at first and then stop reading.
 */
export async function measureSlowReaders() {
  const { child, output } = await startRuntimeProcess(
    ['--parameter-overrides', 'MaxTextBytes=16384', 'Limits=loadTest'],
    false,
  );
  try {
    return await measure(readUrl(output()).replace('http', 'ws'));
  } finally {
    child.kill();
  }
}

async function measure(url: string) {
  const sender = await ChatConnection.open(url);
  const { room } = await sender.request('createRoom');
  const members = await Promise.all(
    Array.from({ length: MEMBERS }, () => Client.open(url, { protocols: ['roomcast.v1'], query: { room } })),
  );
  const others = await Promise.all(Array.from({ length: OTHER_ROOMS }, () => openRoom(url)));
  const controller = new AbortController();
  const sending = [
    repeat(MESSAGES_PER_SECOND, controller.signal, () => sender.request('sendmessage', { room, text: TEXT })),
    ...others.map(({ send }) => repeat(1, controller.signal, send)),
  ];
  await sleep(WINDOW_SECONDS * 1000); // warms up the functions
  const readingAt = performance.now();
  await sleep(READING_SECONDS * 1000);
  const pausedAt = performance.now();
  for (const { socket } of members) socket.pause();
  await sleep(PAUSED_SECONDS * 1000);
  const endedAt = performance.now();
  controller.abort();
  await Promise.all(sending);
  await sleep(5000);
  for (const { socket } of members) socket.resume();
  await sleep(5000);
  const deliveries = others.flatMap(({ deliveries }) => deliveries);
  const between = (from: number, to: number) =>
    deliveries.filter(({ sentAt }) => sentAt >= from && sentAt < to).map(({ ms }) => ms);
  const windows = Array.from({ length: PAUSED_SECONDS / WINDOW_SECONDS }, (_, index) => {
    const from = pausedAt + index * WINDOW_SECONDS * 1000;
    return summarize(`after ${index * WINDOW_SECONDS} s`, between(from, from + WINDOW_SECONDS * 1000));
  });
  return [
    summarize('read', between(readingAt, pausedAt)),
    summarize('do not read', between(pausedAt, endedAt)),
    ...windows,
    { members: 'closed', messages: members.filter(({ closed }) => closed).length },
  ];
}

/** Opens a room with a sender and a receiver. The receiver records the deliveries. */
async function openRoom(url: string) {
  const deliveries: Delivery[] = [];
  const sentAt = new Map<string, number>();
  const sender = await ChatConnection.open(url);
  const { room } = await sender.request('createRoom');
  await ChatConnection.open(
    url,
    undefined,
    ({ text }) => {
      const delivery = { sentAt: sentAt.get(text ?? '') ?? Number.NaN, ms: 0 };
      delivery.ms = performance.now() - delivery.sentAt;
      if (!Number.isNaN(delivery.ms)) deliveries.push(delivery);
    },
    { room },
  );
  const send = () => {
    const text = randomUUID();
    sentAt.set(text, performance.now());
    return sender.request('sendmessage', { room, text });
  };
  return { deliveries, send };
}

async function repeat(perSecond: number, signal: AbortSignal, task: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  const running: Promise<unknown>[] = [];
  for (let count = 0; !signal.aborted; count += 1) {
    await sleep(startedAt + (count * 1000) / perSecond - performance.now());
    running.push(task());
  }
  await Promise.all(running);
}

function summarize(members: string, times: readonly number[]) {
  return { members, messages: times.length, 'p50 ms': quantile(times, 0.5), 'p95 ms': quantile(times, 0.95) };
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
}
