import { known } from './admission';
import type { Rate } from './budget';
import { PAGE_ENTRIES } from './page';
import type { Connections, RoomLog } from './ports';
import { timestamp } from './protocol/frames';
import type { Reply } from './protocol/replies';
import { type Frame, parseRequest } from './protocol/requests';

export interface PingDependencies {
  connections: Pick<Connections, 'find' | 'memberships'>;
  log: Pick<RoomLog, 'readRooms'>;
  maxTextBytes: number;
  rate: Rate;
  now(): number;
}

/**
 * `ping`: keeps the connection from idling out, and tells the head of each room it is in, by which a client notices
 * that a room's last message was lost on the way.
 *
 * @throws ProblemError `unauthenticated`, `invalid-frame`.
 */
export async function ping(
  deps: PingDependencies,
  connectionId: string,
  frame: Frame,
): Promise<Reply<'pong'>> {
  const [connection, memberships] = await Promise.all([
    deps.connections.find(connectionId),
    deps.connections.memberships(connectionId),
  ]);
  const { userId, username, protocol } = known(connection);
  parseRequest('ping', protocol, frame);
  const names = memberships.map(({ room }) => room);
  const heads = new Map((await deps.log.readRooms(names)).map(({ room, seq }) => [room, seq]));
  return {
    type: 'pong',
    ts: timestamp(deps.now()),
    you: { userId, username },
    limits: {
      textBytes: deps.maxTextBytes,
      ratePerSecond: deps.rate.perSecond,
      burst: deps.rate.burst,
      page: PAGE_ENTRIES,
    },
    // A lobby that nobody has opened has no head yet, and is a room one is in all the same.
    rooms: Object.fromEntries(names.map((room) => [room, heads.get(room) ?? 0])),
  };
}
