import { leaveRoom } from './chat/leave';
import { createMembershipDependencies } from './handlers/membership';
import { websocketHandler } from './handlers/websocket';

const deps = createMembershipDependencies();

/** `leaveRoom`: removes the sender from a room. A plain connection returns to the lobby. */
export const handler = websocketHandler(({ connectionId, frame }) => leaveRoom(deps, connectionId, frame));
