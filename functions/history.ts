import { createEntries } from '../aws/dynamodb/entries';
import { createRooms, createSenders } from '../aws/dynamodb/rooms';
import { createLimitDependencies, getTables } from '../aws/lambda/dependencies';
import { websocketHandler } from '../aws/lambda/websocket-handler';
import { history } from '../chat/messages/read-history';

const tables = getTables();
const deps = {
  ...createLimitDependencies(),
  log: { ...createSenders(tables), ...createRooms(tables), ...createEntries(tables) },
};

/** `history`: returns a page of a room's log. */
export const handler = websocketHandler(({ connectionId, frame }) => history(deps, connectionId, frame));
