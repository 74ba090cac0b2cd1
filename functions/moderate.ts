import { createDevices } from '../aws/dynamodb/devices';
import { createFollowers } from '../aws/dynamodb/followers';
import { createRoomConfiguration } from '../aws/dynamodb/room-configuration';
import { getConnectionsApi, getTables } from '../aws/lambda/dependencies';
import { createMembershipDependencies } from '../aws/lambda/membership-dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { isModerationAction, moderate } from '../chat/moderation/moderation-actions';

const membership = createMembershipDependencies();
const tables = getTables();
const deps = {
  ...membership,
  log: { ...membership.log, ...createRoomConfiguration(tables), ...createFollowers(tables) },
  devices: createDevices(tables),
  sockets: getConnectionsApi(),
};

/** The moderation actions, such as `invite`. They share this function because they need the same permissions. */
export const handler = websocketHandler(({ connectionId, routeKey, frame }) => {
  if (!isModerationAction(routeKey)) throw new Error(`The route ${routeKey} is not a moderation action.`);
  return moderate(deps, routeKey, connectionId, frame);
});
