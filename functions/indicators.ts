import { createPresence } from '../aws/dynamodb/presence';
import { createReadPositions } from '../aws/dynamodb/read-positions';
import { createSenders } from '../aws/dynamodb/rooms';
import { createLimitDependencies, getConnectionsApi, getTables } from '../aws/lambda/dependencies';
import { requireSwitch } from '../aws/lambda/environment';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { announceTyping } from '../chat/members/announce-typing';
import { markRead } from '../chat/members/mark-read';

const tables = getTables();
const deps = {
  ...createLimitDependencies(),
  log: createSenders(tables),
  presence: createPresence(tables.client, tables.connectionsTable, tables.chatTable),
  positions: createReadPositions(tables),
  sockets: getConnectionsApi(),
  typing: requireSwitch('TYPING_INDICATOR'),
  readPositions: requireSwitch('READ_POSITIONS'),
};

/**
 * `typing`: notifies the other members of a small room that the user is typing. Has no reply. `markRead`: stores how far the
 * user has read a room. Both actions share this function, because they need the same permissions and post without a workflow.
 */
export const handler = websocketHandler(async ({ connectionId, routeKey, frame }) => {
  if (routeKey === 'markRead') return markRead(deps, connectionId, frame);
  await announceTyping(deps, connectionId, frame);
  return undefined;
});
