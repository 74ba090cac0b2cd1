import { route } from './aws/route';
import { sockets, storesAndNotices } from './aws/world';
import { joinRoom } from './chat/join';
import { parseFrame } from './chat/protocol/frames';

const deps = storesAndNotices();

/** `joinRoom`: into a room by its number, with what a returning client missed. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  joinRoom(deps, connectionId, parseFrame(body)),
);
