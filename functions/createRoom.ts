import { createRoom } from './chat/join';
import { createMembershipDependencies } from './handlers/membership';
import { websocketHandler } from './handlers/websocket';

const deps = createMembershipDependencies();

/** `createRoom`: creates a room and adds the sender to it. */
export const handler = websocketHandler(({ connectionId, frame }) => createRoom(deps, connectionId, frame));
