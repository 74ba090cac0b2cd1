import { createPresence } from '../aws/dynamodb/presence';
import { createReadPositions } from '../aws/dynamodb/read-positions';
import { createSenders } from '../aws/dynamodb/rooms';
import { createStandings } from '../aws/dynamodb/standings';
import { createLimitDependencies, getTables } from '../aws/lambda/dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { members } from '../chat/members/list-members';

const tables = getTables();
const { client, connectionsTable, chatTable } = tables;
const deps = {
  ...createLimitDependencies(),
  log: createSenders(tables),
  presence: createPresence(client, connectionsTable, chatTable),
  positions: createReadPositions(tables),
  standings: createStandings(client, chatTable),
};

/** `members`: returns a page of a room's members. */
export const handler = websocketHandler(({ connectionId, frame }) => members(deps, connectionId, frame));
