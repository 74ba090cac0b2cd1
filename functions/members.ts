import { members } from './chat/members';
import { createStores } from './handlers/dependencies';
import { websocketHandler } from './handlers/websocket';

const deps = createStores();

/** `members`: returns a page of a room's members. */
export const handler = websocketHandler(({ connectionId, frame }) => members(deps, connectionId, frame));
