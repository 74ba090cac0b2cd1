import { createPresence } from './aws/dynamodb/presence';
import { createSenders } from './aws/dynamodb/senders';
import { createStandings } from './aws/dynamodb/standings';
import { members } from './chat/members';
import { createLimitDependencies, getTables } from './handlers/dependencies';
import { websocketHandler } from './handlers/websocket';

const tables = getTables();
const { client, connectionsTable, chatTable } = tables;
const deps = {
  ...createLimitDependencies(),
  log: createSenders(tables),
  presence: createPresence(client, connectionsTable, chatTable),
  standings: createStandings(client, chatTable),
};

/** `members`: returns a page of a room's members. */
export const handler = websocketHandler(({ connectionId, frame }) => members(deps, connectionId, frame));
