import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { leaveRoom } from '../chat/members/leave';

const deps = createMembershipDependencies();

/** `leaveRoom`: removes the sender from a room. A plain connection returns to the lobby. */
export const handler = websocketHandler(({ connectionId, frame }) => leaveRoom(deps, connectionId, frame));
