import { Client, type ClientOptions, eventually } from './client';

/** Frames as tests read them. */
// biome-ignore lint/suspicious/noExplicitAny: frames are what the tests are about
type Frame = any;

export const TIMESTAMP = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let requests = 0;

/** Sends a request and waits for its reply. Pushes may come before and after it: it is known by its `id`. */
export async function ask(client: Client, request: Record<string, unknown>): Promise<Frame> {
  requests += 1;
  const id = `request-${requests}`;
  client.send({ ...request, id });
  const reply = await eventually(async () => framesOf(client).find((frame) => frame.id === id));
  const { id: _, ...rest } = reply;
  return rest;
}

/** The JSON frames a client has had so far; with `type`, those. Delivery may repeat a push: a repeat is left out. */
export function framesOf(client: Client, type?: string): Frame[] {
  const frames = [...new Set(client.frames)].flatMap((text) => {
    try {
      return [JSON.parse(text)];
    } catch {
      return [];
    }
  });
  return type === undefined ? frames : frames.filter((frame) => frame.type === type);
}

/** Waits until so many different pushes of a type have come, and returns them. */
export function heard(client: Client, type: string, count: number): Promise<Frame[]> {
  return eventually(async () => {
    const pushes = framesOf(client, type);
    return pushes.length >= count && pushes;
  });
}

/** Says something and waits for its `ack`. */
export function say(client: Client, room: string, text: string): Promise<Frame> {
  return ask(client, { action: 'sendmessage', room, text });
}

/** Waits until the index through which pushes find members, and which lags, shows so many of them. */
export async function settled(client: Client, room: string, members: number): Promise<void> {
  await eventually(async () => {
    const page = await ask(client, { action: 'members', room });
    return page.members.length === members;
  });
}

/** Opens connections and closes them again after each test. */
export function opener(url: () => string) {
  const clients: Client[] = [];
  return {
    async open(options: ClientOptions = {}): Promise<Client> {
      const client = await Client.open(url(), options);
      clients.push(client);
      return client;
    },
    async closeAll(): Promise<void> {
      await Promise.all(clients.splice(0).map((client) => client.close()));
    },
  };
}

/** A room number that, out of 900 million, nobody has. */
export function unknownNumber(): string {
  return String(100_000_000 + Math.floor(Math.random() * 900_000_000));
}
