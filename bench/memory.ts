import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatConnection } from '../testbed/chat-clients';
import { Client, eventually } from '../testbed/client';
import { type Stack, startStack } from '../testbed/stack';
import { withTimeout } from './comparison/with-timeout';
import { median } from './median';

/** The number of senders. Each sender is alone in a room. */
const SENDERS = 4;
/** Each message causes two invocations: one for the frame and one for the batch of posts. */
const INVOCATIONS_PER_MESSAGE = 2;
/** The invocation counts after which memory is measured. */
const CHECKPOINTS = [2_500, 5_000, 10_000];
/** The wait before further measurements. It is long enough for background work to end. */
const SETTLE_MS = 5_000;
/** The wait before the idle memory is measured. It is long enough for garbage collection after the start. */
const IDLE_MS = 10_000;
/** The number of starts after which the first message is measured. */
const STARTS = 3;
const LATER_MESSAGES = 20;
/**
 * The two socket counts from which the memory per socket is calculated. The first sockets start execution environments, so they
 * are excluded.
 */
const SOCKETS = [500, 3_000] as const;
/** The number of concurrent handshakes. */
const CONNECTING = 20;
/**
 * If the machine is so busy that posts time out, the event for a message can go to the dead-letter queue, and the message never
 * arrives.
 */
const DELIVERY_TIMEOUT_MS = 60_000;

/** Sets limits that the senders do not reach. The options in samconfig.toml, including `warm`, also apply. */
const OPTIONS = ['--parameter-overrides', 'Limits=loadTest'];

/** Selects an environment that samconfig.toml does not define, so that none of its options apply. */
const WITHOUT_WARM = [...OPTIONS, '--config-env', 'none'];

/**
 * Measures the runtime as `npm start` runs it. Measures the first message with and without a pause, and with and without
 * functions that are initialized in advance. Measures the memory of the process and its child processes while idle, after
 * 2,500, 5,000 and 10,000 invocations, and per idle socket.
 */
export async function measureMemory() {
  return [
    ...(await measureFirstMessages()),
    ...(await measureProcess(measureInvocations)),
    ...(await measureProcess(measureSockets)),
  ];
}

/**
 * Starts the runtime several times. Each time, connects and creates a room after a pause or as soon as the runtime is ready,
 * and then sends messages.
 */
async function measureFirstMessages() {
  const rows = [];
  for (const [label, options, pauseMs] of [
    ['after a pause, --warm', OPTIONS, SETTLE_MS],
    ['after a pause, without --warm', WITHOUT_WARM, SETTLE_MS],
    ['without a pause, --warm', OPTIONS, 0],
    ['without a pause, without --warm', WITHOUT_WARM, 0],
  ] as const) {
    const [first, later]: [number[], number[]] = [[], []];
    for (let start = 1; start <= STARTS; start += 1) {
      progress(`Start ${start} of ${STARTS}, first message ${label}`);
      const stack = await startStack([...options], { isStrict: false });
      await sleep(pauseMs);
      const sender = await openSender(stack);
      first.push(await sender.send());
      for (let message = 0; message < LATER_MESSAGES; message += 1) later.push(await sender.send());
      await stack.kill();
    }
    rows.push({
      measurement: `first message ${label}`,
      ms: Math.round(median(first)),
      'ratio to later': Number((median(first) / median(later)).toFixed(1)),
    });
  }
  return rows;
}

async function measureProcess(measure: (stack: Stack) => Promise<object[]>) {
  const stack = await startStack(OPTIONS, { isStrict: false });
  try {
    return await measure(stack);
  } finally {
    await stack.kill();
  }
}

async function measureInvocations(stack: Stack) {
  await sleep(IDLE_MS);
  const rows: object[] = [{ measurement: 'memory while idle', MB: readMegabytes(stack.pid) }];
  const senders = await Promise.all(Array.from({ length: SENDERS }, () => openSender(stack)));
  const start = await countInvocations(stack);
  for (const checkpoint of CHECKPOINTS) {
    const before = await countInvocations(stack);
    const messages = Math.ceil((checkpoint + start - before) / INVOCATIONS_PER_MESSAGE);
    progress(`Sending ${messages} messages`);
    await sendAll(senders, messages);
    await eventually(
      async () => (await countInvocations(stack)) >= before + messages * INVOCATIONS_PER_MESSAGE,
    );
    rows.push({ measurement: `memory after ${checkpoint} invocations`, MB: readMegabytes(stack.pid) });
  }
  await sleep(SETTLE_MS);
  rows.push({ measurement: 'memory after a pause', MB: readMegabytes(stack.pid) });
  return rows;
}

/**
 * Measures how memory grows with the number of idle sockets. The result includes memory that the `$connect` invocations retain.
 */
async function measureSockets(stack: Stack) {
  const [few, many] = SOCKETS;
  await openSockets(stack, few);
  const before = readMegabytes(stack.pid);
  await openSockets(stack, many - few);
  const megabytes = readMegabytes(stack.pid) - before;
  return [{ measurement: 'memory per idle socket', KB: Math.round((megabytes * 1024) / (many - few)) }];
}

/** Opens plain connections and waits until background work has ended. The connections close when the runtime stops. */
async function openSockets(stack: Stack, count: number): Promise<void> {
  progress(`Opening ${count} sockets`);
  let remaining = count;
  const connect = async () => {
    while (remaining > 0) {
      remaining -= 1;
      await Client.open(stack.wsUrl);
    }
  };
  await Promise.all(Array.from({ length: CONNECTING }, connect));
  await sleep(SETTLE_MS);
}

/** Opens a connection and creates a room. `send` returns the milliseconds until the sender receives the pushed message. */
async function openSender(stack: Stack) {
  let received = () => {};
  const connection = await ChatConnection.open(stack.wsUrl, undefined, ({ type }) => {
    if (type === 'message') received();
  });
  const { room } = await connection.request('createRoom');
  return {
    async send() {
      const push = new Promise<void>((resolve) => {
        received = resolve;
      });
      const startedAt = performance.now();
      const sent = Promise.all([push, connection.request('sendmessage', { room, text: 'hello' })]);
      await withTimeout('delivery of a message', DELIVERY_TIMEOUT_MS, sent);
      return performance.now() - startedAt;
    },
  };
}

async function sendAll(senders: Awaited<ReturnType<typeof openSender>>[], messages: number): Promise<void> {
  let remaining = messages;
  const work = async (sender: (typeof senders)[number]) => {
    while (remaining > 0) {
      remaining -= 1;
      await sender.send();
    }
  };
  await Promise.all(senders.map(work));
}

async function countInvocations(stack: Stack): Promise<number> {
  return (await stack.calls())['lambda.Invoke'] ?? 0;
}

/** Returns the resident memory of a process and its child processes in MB, as `ps` shows it. Works only on Linux. */
function readMegabytes(pid: number): number {
  const kilobytes = listProcesses(pid).map((id) => {
    const [, size] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
    return Number(size ?? 0);
  });
  return Math.round(kilobytes.reduce((sum, size) => sum + size, 0) / 1024);
}

function listProcesses(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '),
  );
  return [pid, ...children.filter(Boolean).map(Number)];
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
