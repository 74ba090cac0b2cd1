import { createEntries } from './aws/dynamodb/entries';
import { createRooms } from './aws/dynamodb/rooms';
import { createSenders } from './aws/dynamodb/senders';
import { history } from './chat/history';
import { createLimitDependencies, getTables } from './handlers/dependencies';
import { websocketHandler } from './handlers/websocket';

const tables = getTables();
const deps = {
  ...createLimitDependencies(),
  log: { ...createSenders(tables), ...createRooms(tables), ...createEntries(tables) },
};

/** `history`: returns a page of a room's log. */
export const handler = websocketHandler(({ connectionId, frame }) => history(deps, connectionId, frame));
