import { route } from './aws/route';
import { sockets, storesAndNotices } from './aws/world';
import { leaveRoom } from './chat/leave';
import { parseFrame } from './chat/protocol/frames';

const deps = storesAndNotices();

/** `leaveRoom`: out of a room; a plain connection is back in the lobby then. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  leaveRoom(deps, connectionId, parseFrame(body)),
);
