import { history } from './chat/history';
import { parseFrame } from './chat/protocol/frames';
import { sockets, stores } from './handlers/dependencies';
import { route } from './handlers/websocket';

const deps = stores();

/** `history`: a page of a room's log. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  history(deps, connectionId, parseFrame(body)),
);
