import type { Sockets } from '../delivery/ports';
import type { Presence } from '../members/ports';
import { type ChangeDependencies, deleteMessage } from '../messages/change';
import { type PublishReactionsDependencies, publishReactions } from '../messages/publish-reactions';
import { SYSTEM } from '../moderation/roles';
import { ProblemError } from '../protocol/problems';
import type { ServerReply } from '../protocol/server-replies';
import type { ServerRequest } from '../protocol/server-requests';
import { EVERYONE, EVERYONE_SHARDS } from '../rooms/room-keys';
import type { Entry } from '../types';
import type { ScanPosition, UserData, UserRecord } from './ports';

/** How long a request scans. Leaves half of the function's timeout for the last record, because its room can be busy. */
const SCAN_MS = 10_000;

/**
 * The size of the records after which an export ends a page. A part of the scan adds at most 1 MB. Lambda returns up to 6 MB.
 */
const PAGE_BYTES = 1024 * 1024;

export interface UserDataDependencies extends ChangeDependencies, PublishReactionsDependencies {
  log: ChangeDependencies['log'];
  presence: Presence;
  sockets: Sockets;
  userData: UserData;
}

/** Closes all connections of a user, and returns their number. */
export async function closeConnections(
  { presence, sockets }: Pick<UserDataDependencies, 'presence' | 'sockets'>,
  userId: string,
): Promise<number> {
  const ids = await presence.listConnections({ room: EVERYONE, shards: EVERYONE_SHARDS }, userId);
  await Promise.all(ids.map((id) => sockets.close(id)));
  return ids.length;
}

/**
 * Erases the data of a user. Entries keep their position in the log but lose their text and sender, and clients receive the
 * deletion of each message. A failed request can be repeated, with its cursor or from the start, because erased records are not
 * found again.
 *
 * @throws ProblemError `invalid-frame` for an unknown cursor, or an error of `deleteMessage`.
 */
export async function eraseUser(
  deps: UserDataDependencies,
  { userId, cursor }: ServerRequest<'eraseUser'>,
): Promise<ServerReply<'eraseUser'>> {
  if (cursor === undefined) await closeConnections(deps, userId);
  let erased = 0;
  const next = await scan(deps, userId, cursor, async ({ entry, reactedTo, erase }) => {
    if (entry) await deleteForClients(deps, entry);
    // Publish the new counts before the reactions are erased. If the request fails in between, a repeated request finds the
    // reactions again.
    if (reactedTo) await recount(deps, reactedTo, userId);
    await erase();
    erased += 1;
  });
  return { userId, erased, ...next };
}

/**
 * Returns the data of a user, one page at a time. A page can be empty.
 *
 * @throws ProblemError `invalid-frame` for an unknown cursor.
 */
export async function exportUser(
  deps: UserDataDependencies,
  { userId, cursor }: ServerRequest<'exportUser'>,
): Promise<ServerReply<'exportUser'>> {
  const records: UserRecord['data'][] = [];
  let bytes = 0;
  const next = await scan(deps, userId, cursor, async ({ data }) => {
    records.push(data);
    bytes += Buffer.byteLength(JSON.stringify(data));
    return bytes < PAGE_BYTES;
  });
  return { userId, records, ...next };
}

/**
 * Calls `visit` with each record of a user after a cursor, until `visit` returns false or the time limit is reached.
 *
 * @returns the cursor for the next request, unless there is no more data.
 */
async function scan(
  { userData, now }: UserDataDependencies,
  userId: string,
  cursor: string | undefined,
  visit: (record: UserRecord) => Promise<unknown>,
): Promise<{ cursor?: string }> {
  const deadline = now() + SCAN_MS;
  let position = cursor === undefined ? undefined : await requirePosition(userData, userId, cursor);
  do {
    const { records, end } = await userData.readPart(userId, position);
    for (const record of records) {
      const isFull = (await visit(record)) === false;
      if (isFull || now() >= deadline) return { cursor: await userData.storeCursor(userId, record.position) };
    }
    position = end;
  } while (position && now() < deadline);
  return position ? { cursor: await userData.storeCursor(userId, position) } : {};
}

async function requirePosition(userData: UserData, userId: string, cursor: string): Promise<ScanPosition> {
  const position = await userData.readCursor(userId, cursor);
  if (position) return position;
  const detail =
    'The cursor is not known. It is valid for one user and one hour. Start again without a cursor.';
  throw new ProblemError('invalid-frame', detail);
}

/** Publishes the counts of a message without the reactions of a user. */
async function recount(
  deps: UserDataDependencies,
  { room: name, epoch, seq }: NonNullable<UserRecord['reactedTo']>,
  userId: string,
): Promise<void> {
  const room = await deps.log.readRoom(name);
  const message = room?.epoch === epoch ? await deps.log.readEntry(room, seq) : undefined;
  if (!room || message?.kind !== 'message') return;
  await publishReactions(deps, { actor: SYSTEM, room, message, without: userId });
}

/**
 * Deletes a message as a moderator does, so that clients and consumers of events receive the deletion. If the system has
 * deleted the message already, publishes the deletion again: the earlier request may have failed before it published the
 * deletion.
 */
async function deleteForClients(deps: UserDataDependencies, entry: Entry): Promise<void> {
  const { kind, seq, changeSeq } = entry;
  if (kind !== 'message' && kind !== 'void') return;
  const room = await deps.log.readRoom(entry.room);
  if (room?.epoch !== entry.epoch) return; // nobody can read this log any more
  if (kind === 'void') {
    const deletion = changeSeq === undefined ? undefined : await deps.log.readEntry(entry, changeSeq);
    if (deletion?.from.userId !== SYSTEM.userId) return;
  }
  try {
    await deleteMessage(deps, SYSTEM, { room, seq });
  } catch (error) {
    const hasExpired = error instanceof ProblemError && error.type === 'unknown-message';
    if (!hasExpired) throw error;
  }
}
