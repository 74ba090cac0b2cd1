import type { Record } from '../harness/history';
import { type Check, recordsOf, usersOf } from './records';

/** The maximum time until an index contains a write. */
const INDEX_MS = 10_000;
/** The maximum time between the post and the arrival of a frame. */
const NETWORK_MS = 1000;

/**
 * Checks that a successful execution delivers its event to every connection that is in the audience from before the publication
 * until the end of the execution, unless a post failed. Also checks that the workflow deletes only rows of closed connections.
 */
export const checkDelivery: Check = (records) => [
  ...checkReceipts(records),
  ...recordsOf(records, 'row deleted')
    .filter(({ isOpen }) => isOpen)
    .map(
      ({ connection, t }) => `The workflow deleted a row of the open connection ${connection} at ${t} ms.`,
    ),
];

/** A connection that receives the messages of a room, or all broadcasts if `room` is undefined. */
interface Membership {
  readonly client: string;
  readonly connection: string;
  readonly room: string | undefined;
  readonly from: number;
  until: number;
}

function checkReceipts(records: readonly Record[]): string[] {
  const memberships = findMemberships(records);
  const rooms = new Map<string, string | undefined>();
  for (const { messageId, room } of recordsOf(records, 'ack')) rooms.set(messageId, room);
  for (const { messageId } of recordsOf(records, 'broadcast')) rooms.set(messageId, undefined);
  const receipts = new Set(
    records.flatMap((record) =>
      record.type === 'frame' || record.type === 'heard' ? [`${record.client} ${record.messageId}`] : [],
    ),
  );
  const lostPosts = recordsOf(records, 'fault').filter(
    ({ fault, at }) => fault === 'slow reader' || at.startsWith('PostFunction execute-api'),
  );
  const published = new Map(recordsOf(records, 'published').map((event) => [event.event, event]));
  return recordsOf(records, 'execution').flatMap(({ event, status, t: end }) => {
    const { messageId = '', t: start = 0 } = published.get(event) ?? {};
    if (status !== 'SUCCEEDED' || !rooms.has(messageId)) return [];
    if (lostPosts.some(({ t }) => t >= start && t <= end)) return [];
    const room = rooms.get(messageId);
    return memberships
      .filter((member) => member.room === room && member.from < start - INDEX_MS)
      .filter(({ until }) => until > end + NETWORK_MS)
      .filter(({ client }) => !receipts.has(`${client} ${messageId}`))
      .map(({ client }) => `${messageId}, published at ${start} ms, did not reach ${client}.`);
  });
}

function findMemberships(records: readonly Record[]): Membership[] {
  const users = usersOf(records);
  const found: Membership[] = [];
  /** Rooms that a client has left. The reply to an earlier join can arrive later. */
  const left = new Set<string>();
  const end = (t: number, isOver: (membership: Membership) => boolean) => {
    for (const membership of found) if (isOver(membership)) membership.until = Math.min(membership.until, t);
  };
  for (const record of records) {
    const { type, t } = record;
    if (type === 'opened' || type === 'entered') {
      const { client, connection } = record;
      const room = type === 'entered' ? record.room : undefined;
      if (type === 'entered' && left.has(`${client} ${room}`)) continue;
      found.push({ client, connection, room, from: t, until: Number.POSITIVE_INFINITY });
    } else if (type === 'closed') end(t, ({ connection }) => connection === record.connection);
    else if (type === 'join') left.delete(`${record.client} ${record.room}`);
    else if (type === 'leave' || type === 'left') {
      left.add(`${record.client} ${record.room}`);
      end(t, ({ client, room }) => client === record.client && room === record.room);
    }
    if (type === 'remove' || type === 'removed')
      end(t, ({ client, room }) => users.get(client) === record.user && room === record.room);
  }
  return found;
}
