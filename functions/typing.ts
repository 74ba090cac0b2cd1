import { announceTyping } from './chat/typing';
import { createLimitedDependencies, getConnectionsApi } from './handlers/dependencies';
import { requireTyping } from './handlers/environment';
import { websocketHandler } from './handlers/websocket';

const deps = {
  ...createLimitedDependencies(),
  sockets: getConnectionsApi(),
  typing: requireTyping(),
};

/** `typing`: tells the other members of a small room that the user is typing. Has no reply. */
export const handler = websocketHandler(async ({ connectionId, frame }) => {
  await announceTyping(deps, connectionId, frame);
  return undefined;
});
