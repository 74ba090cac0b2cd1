import { route } from './aws/route';
import { sockets, stores } from './aws/world';
import { history } from './chat/history';
import { parseFrame } from './chat/protocol/frames';

const deps = stores();

/** `history`: a page of a room's log. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  history(deps, connectionId, parseFrame(body)),
);
