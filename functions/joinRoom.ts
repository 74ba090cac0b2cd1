import { type JoinRoomDependencies, joinRoom } from './chat/join';
import { parseFrame } from './chat/protocol/frames';
import { sockets, storesAndNotices } from './handlers/dependencies';
import { numberVariable } from './handlers/environment';
import { route } from './handlers/websocket';

const failedJoinsPerMinute = numberVariable('FAILED_JOINS_PER_MINUTE');

const deps: JoinRoomDependencies = {
  ...storesAndNotices(),
  failedJoins: { perSecond: failedJoinsPerMinute / 60, burst: failedJoinsPerMinute },
};

/** `joinRoom`: into a room by its number, with what a returning client missed. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  joinRoom(deps, connectionId, parseFrame(body)),
);
