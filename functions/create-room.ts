import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { createRoom } from '../chat/rooms/new-room';

const deps = createMembershipDependencies();

/** `createRoom`: creates a room and adds the sender to it. */
export const handler = websocketHandler(({ connectionId, frame }) => createRoom(deps, connectionId, frame));
