import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../scripts/smoke/connection';
import type { MeteredApp } from './measure';
import type { Usage } from './usage';

/** Longer than the minimum time between two read positions of a user and between two announcements in a room. */
const READ_INTERVAL_MS = 6000;
const REPLIES = 10;
const BYTES = 200;

/** The usage of a feature per use. */
export interface FeatureRecord {
  label: string;
  members: number;
  usage: Usage;
}

/** Longer than the runtime takes to run `$disconnect`. */
const AWAY_MS = 1000;

type Use = (connections: readonly Connection[], room: string) => Promise<unknown>;

interface Feature {
  label: string;
  members: number;
  /** The number of uses in one call of `use`, and the fan-out deliveries that each use causes. */
  uses: number;
  deliveries: number;
  prepare: Use;
  use: Use;
}

const send = ([sender]: readonly Connection[], room: string, more = {}) =>
  (sender as Connection).request('sendmessage', {
    ...{ room, text: 'x'.repeat(BYTES), clientMsgId: randomUUID() },
    ...more,
  });

/** Sends a request from each connection. Repeats rejected requests until the server accepts them. */
async function requestAll(
  connections: readonly Connection[],
  action: string,
  fields: object,
  intervalMs: number,
): Promise<void> {
  let left = [...connections];
  while (left.length > 0) {
    const repeated: Connection[] = [];
    for (const connection of left)
      await connection.request(action, fields).catch(() => repeated.push(connection));
    left = repeated;
    await sleep(intervalMs);
  }
}

const markRead = (connections: readonly Connection[], room: string, seq: number) =>
  requestAll(connections, 'markRead', { room, seq }, READ_INTERVAL_MS);

/** Longer than the minimum time between two entries that announce reactions to a message. */
const REACTION_INTERVAL_MS = 4000;
const react = (connections: readonly Connection[], room: string, emoji: string) =>
  requestAll(connections, 'react', { room, seq: 1, emoji }, REACTION_INTERVAL_MS);

/**
 * @param entries the number of entries that announce the reactions. One entry announces the first reaction, and one entry
 * announces the others.
 */
const reacting = (label: string, uses: number, entries: number): Feature => ({
  ...{ label, members: 10, uses, deliveries: (10 * entries) / uses },
  prepare: async (connections, room) => {
    await send(connections, room);
    await react(connections, room, '👍');
  },
  use: (connections, room) => react(connections.slice(0, uses), room, '🎉'),
});

/** Each user stores a position in `prepare`, because a user's first charge in an execution environment takes two writes. */
const reading = (label: string, members: number): Feature => ({
  ...{ label, members, uses: members, deliveries: 0 },
  prepare: async (connections, room) => {
    for (let seq = 1; seq <= 2; seq += 1) await send(connections, room);
    await markRead(connections, room, 1);
  },
  use: (connections, room) => markRead(connections, room, 2),
});

/**
 * Messages in a room with a follower who is away. `earlier` is the number of messages that the follower has already missed.
 */
const missing = (label: string, earlier: number): Feature => ({
  ...{ label, members: 10, uses: 1, deliveries: 9 },
  prepare: async (connections, room) => {
    await send(connections, room); // a user's first charge in an execution environment takes two writes
    const follower = connections.at(-1) as Connection;
    await follower.request('follow', { room, on: true });
    follower.close();
    await sleep(AWAY_MS);
    for (let sent = 0; sent < earlier; sent += 1) await send(connections, room);
  },
  use: (connections, room) => send(connections, room),
});

const FEATURES: readonly Feature[] = [
  {
    ...{ label: 'reply, 10 members', members: 10, uses: REPLIES, deliveries: 10 },
    prepare: async (connections, room) => {
      for (let seq = 1; seq <= 3; seq += 1) await send(connections, room);
    },
    use: async (connections, room) => {
      for (let count = 0; count < REPLIES; count += 1) await send(connections, room, { replyTo: 1 });
    },
  },
  reacting('reaction, 10 members', 1, 1),
  reacting('one of 10 reactions at once', 10, 2),
  missing('missed message, 10 members', 0),
  missing('next missed message, 10 members', 1),
  reading('position, 2 members', 2),
  reading('position, 10 members', 10),
  reading('position, 20 members', 20),
];

/** Measures the usage of optional features. */
export async function measureFeatures(app: MeteredApp): Promise<FeatureRecord[]> {
  const records: FeatureRecord[] = [];
  for (const { label, members, uses, deliveries, prepare, use } of FEATURES) {
    process.stderr.write(`Roomcast: ${label}\n`);
    const usage = await app.measureUses(members, prepare, use, { deliveries, messages: uses });
    records.push({ label, members, usage });
  }
  return records;
}
