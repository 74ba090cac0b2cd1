import { history } from './chat/history';
import { createLimitedDependencies } from './handlers/dependencies';
import { websocketHandler } from './handlers/websocket';

const deps = createLimitedDependencies();

/** `history`: returns a page of a room's log. */
export const handler = websocketHandler(({ connectionId, frame }) => history(deps, connectionId, frame));
