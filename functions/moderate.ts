import { isModerationAction, moderate } from './chat/moderate';
import { createMembershipDependencies, getConnectionsApi } from './handlers/dependencies';
import { websocketHandler } from './handlers/websocket';

const deps = { ...createMembershipDependencies(), sockets: getConnectionsApi() };

/** The moderation actions, such as `invite`. They share this function because they share their permissions. */
export const handler = websocketHandler(({ connectionId, routeKey, frame }) => {
  if (!isModerationAction(routeKey)) throw new Error(`The route ${routeKey} is not a moderation action.`);
  return moderate(deps, routeKey, connectionId, frame);
});
