import { route } from './aws/route';
import { sockets, storesAndNotices } from './aws/world';
import { createRoom } from './chat/join';
import { parseFrame } from './chat/protocol/frames';

const deps = storesAndNotices();

/** `createRoom`: makes a room and puts its creator into it. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  createRoom(deps, connectionId, parseFrame(body)),
);
