import { members } from './chat/members';
import { parseFrame } from './chat/protocol/frames';
import { sockets, stores } from './handlers/dependencies';
import { route } from './handlers/websocket';

const deps = stores();

/** `members`: a page of who is in a room. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  members(deps, connectionId, parseFrame(body)),
);
