import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientOptions, eventually } from '../../testbed/client';
import type { StackUnderTest } from './stack';

// biome-ignore lint/suspicious/noExplicitAny: tests assert the shape of frames
type Frame = any;

export const TIMESTAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** The time that `sendUntilReceived` waits before it sends another message. It is longer than a fan-out with a retry. */
const RECEIVE_TIMEOUT_MS = 5000;
const RECEIVE_ATTEMPTS = 5;

/** The timeout of a request. Under load, the last of many concurrent requests takes a long time. */
const REPLY_TIMEOUT_MS = 45_000;

let requests = 0;

/** Sends a request and returns its reply without the `id`. */
export async function sendRequest(client: Client, request: Record<string, unknown>): Promise<Frame> {
  requests += 1;
  const id = `request-${requests}`;
  client.send({ ...request, id });
  const findReply = async () => jsonFrames(client).find((frame) => frame.id === id);
  const reply = await eventually(findReply, REPLY_TIMEOUT_MS);
  const { id: _, ...rest } = reply;
  return rest;
}

/** Sends a message and returns its `ack`. */
export function sendMessage(client: Client, room: string, text: string): Promise<Frame> {
  return sendRequest(client, { action: 'sendmessage', room, text });
}

/** Sends a broadcast and returns the body of the response. Waits and retries if it is rate-limited. */
export async function broadcast(
  { httpUrl, broadcastKey }: Pick<StackUnderTest, 'httpUrl' | 'broadcastKey'>,
  message: string,
): Promise<Frame> {
  for (;;) {
    const response = await fetch(`${httpUrl}/broadcastmessage`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${broadcastKey}` },
      body: JSON.stringify({ message }),
    });
    const body: Frame = await response.json();
    if (response.status === 202) return body;
    expect({ status: response.status, body }).toMatchObject({ status: 429 });
    await sleep(body.retryAfterMs ?? 1000);
  }
}

/**
 * Returns the JSON frames that a client has received. If `type` is set, returns only frames of this type. Omits repeated
 * pushes.
 */
export function jsonFrames(client: Client, type?: string): Frame[] {
  const frames = [...new Set(client.frames)].flatMap((text) => {
    try {
      return [JSON.parse(text)];
    } catch {
      return [];
    }
  });
  return type === undefined ? frames : frames.filter((frame) => frame.type === type);
}

/** Waits until a client has received `count` different pushes of a type, and returns them. */
export function waitForPushes(client: Client, type: string, count: number): Promise<Frame[]> {
  return eventually(async () => {
    const pushes = jsonFrames(client, type);
    return pushes.length >= count && pushes;
  });
}

/** Waits until the index that the fan-out queries lists `count` members. The index is eventually consistent. */
export async function waitForMembers(client: Client, room: string, count: number): Promise<void> {
  await eventually(async () => {
    const page = await sendRequest(client, { action: 'members', room });
    return page.members.length === count;
  });
}

/**
 * Sends new texts until all receivers have received the same text, and returns the texts. A new connection misses messages
 * until the index that the fan-out queries lists the connection.
 */
export async function sendUntilReceived(
  sender: Client,
  receivers: readonly Client[],
  createText: () => string,
  createFrame: (text: string) => object = (message) => ({ action: 'sendmessage', message }),
): Promise<string[]> {
  const texts: string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const text = createText();
    if (!texts.includes(text)) texts.push(text);
    sender.send(createFrame(text));
    const isReceived = async () =>
      receivers.every(({ frames }) => frames.some((frame) => frame.includes(text)));
    try {
      await eventually(isReceived, RECEIVE_TIMEOUT_MS);
      return texts;
    } catch (error) {
      if (attempt === RECEIVE_ATTEMPTS) throw error;
    }
  }
}

/**
 * Creates a function that opens clients and a function that closes all of them, for use in `afterEach`.
 *
 * @param waitUntilListed waits until a new client receives pushes. By default, a new client may miss the first pushes.
 */
export function createClientPool(url: () => string, waitUntilListed: () => Promise<void> = async () => {}) {
  const clients: Client[] = [];
  return {
    async open(options: ClientOptions = {}): Promise<Client> {
      const client = await Client.open(url(), options);
      clients.push(client);
      await waitUntilListed();
      return client;
    },
    async closeAll(): Promise<void> {
      await Promise.all(clients.splice(0).map((client) => client.close()));
    },
  };
}

/** Returns one of 900 million random room numbers, so that a room with this number is unlikely to exist. */
export function randomRoomNumber(): string {
  return String(100_000_000 + Math.floor(Math.random() * 900_000_000));
}
