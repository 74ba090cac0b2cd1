import { joinRoom } from './chat/join';
import { createMembershipDependencies } from './handlers/membership';
import { websocketHandler } from './handlers/websocket';

const deps = createMembershipDependencies();

/** `joinRoom`: adds the sender to a room by its number, and returns the messages that a returning client missed. */
export const handler = websocketHandler(({ connectionId, frame }) => joinRoom(deps, connectionId, frame));
