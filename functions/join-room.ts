import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { joinRoom } from '../chat/members/join';

const deps = createMembershipDependencies();

/** `joinRoom`: adds the sender to a room by its number, and returns the messages that a returning client missed. */
export const handler = websocketHandler(({ connectionId, frame }) => joinRoom(deps, connectionId, frame));
