import { members } from './chat/members';
import { createLimitedDependencies } from './handlers/dependencies';
import { websocketHandler } from './handlers/websocket';

const deps = createLimitedDependencies();

/** `members`: returns a page of a room's members. */
export const handler = websocketHandler(({ connectionId, frame }) => members(deps, connectionId, frame));
