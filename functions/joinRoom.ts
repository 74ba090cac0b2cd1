import { type JoinRoomDependencies, joinRoom } from './chat/join';
import { createMembershipDependencies } from './handlers/dependencies';
import { requireNumber } from './handlers/environment';
import { websocketHandler } from './handlers/websocket';

const failedJoinsPerMinute = requireNumber('FAILED_JOINS_PER_MINUTE');

const deps: JoinRoomDependencies = {
  ...createMembershipDependencies(),
  failedJoins: { perSecond: failedJoinsPerMinute / 60, burst: failedJoinsPerMinute },
};

/** `joinRoom`: adds the sender to a room by its number, and returns the messages that a returning client missed. */
export const handler = websocketHandler(({ connectionId, frame }) => joinRoom(deps, connectionId, frame));
