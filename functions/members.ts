import { route } from './aws/route';
import { sockets, stores } from './aws/world';
import { members } from './chat/members';
import { parseFrame } from './chat/protocol/frames';

const deps = stores();

/** `members`: a page of who is in a room. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  members(deps, connectionId, parseFrame(body)),
);
