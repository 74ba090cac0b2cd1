import { createRoom } from './chat/join';
import { parseFrame } from './chat/protocol/frames';
import { sockets, storesAndNotices } from './handlers/dependencies';
import { route } from './handlers/websocket';

const deps = storesAndNotices();

/** `createRoom`: makes a room and puts its creator into it. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  createRoom(deps, connectionId, parseFrame(body)),
);
