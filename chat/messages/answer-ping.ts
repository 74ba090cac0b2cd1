import type { LimitDependencies } from '../limits/charge-action';
import { TYPING_SECONDS } from '../limits/notice-limits';
import { TYPING_MEMBERS, type TypingDependencies } from '../members/announce-typing';
import { authorizeConnection } from '../members/authorization';
import { type MarkReadDependencies, READ_MEMBERS, READ_SECONDS } from '../members/mark-read';
import type { Connections } from '../members/ports';
import type { Reply } from '../protocol/replies';
import type { Frame } from '../protocol/requests';
import { formatTimestamp } from '../protocol/serialize';
import type { RoomLists } from '../rooms/ports';
import { PAGE_ENTRIES } from './page';

export interface PingDependencies extends LimitDependencies {
  connections: Pick<Connections, 'find' | 'listMemberships'>;
  log: Pick<RoomLists, 'readHeads'>;
  maxTextBytes: number;
  typing: TypingDependencies['typing'];
  readPositions: MarkReadDependencies['readPositions'];
  /** The public VAPID key of the consumer that sends notifications, if there is one. */
  webPushKey: string | undefined;
}

/**
 * Returns the head sequence of each room that the connection is in. Clients use it to detect that a room's last message was
 * lost. The request itself resets API Gateway's idle timeout.
 *
 * @throws ProblemError `unauthenticated`, `rate-limited` or `invalid-frame`.
 */
export async function ping(
  deps: PingDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'pong'>> {
  const { connection } = await authorizeConnection(deps, 'ping', connectionId, frame);
  const { userId, username, tokenExpiresAt } = connection;
  const memberships = await deps.connections.listMemberships(connectionId);
  const names = memberships.map(({ room }) => room);
  return {
    type: 'pong',
    ts: formatTimestamp(deps.now()),
    you: { userId, username },
    limits: {
      textBytes: deps.maxTextBytes,
      ratePerSecond: deps.limits.message.perSecond,
      burst: deps.limits.message.burst,
      page: PAGE_ENTRIES,
      ...(deps.typing === 'on' ? { typing: { members: TYPING_MEMBERS, seconds: TYPING_SECONDS } } : {}),
      ...(deps.readPositions === 'on' ? { read: { members: READ_MEMBERS, seconds: READ_SECONDS } } : {}),
    },
    rooms: Object.fromEntries(await deps.log.readHeads(names)),
    ...(deps.webPushKey === undefined ? {} : { webPushKey: deps.webPushKey }),
    ...(tokenExpiresAt === undefined ? {} : { tokenExpiresAt: formatTimestamp(tokenExpiresAt) }),
  };
}
