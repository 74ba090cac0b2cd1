import { leaveRoom } from './chat/leave';
import { parseFrame } from './chat/protocol/frames';
import { sockets, storesAndNotices } from './handlers/dependencies';
import { route } from './handlers/websocket';

const deps = storesAndNotices();

/** `leaveRoom`: out of a room; a plain connection is back in the lobby then. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  leaveRoom(deps, connectionId, parseFrame(body)),
);
