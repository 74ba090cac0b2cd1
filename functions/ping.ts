import { ping } from './chat/ping';
import { createLimitedDependencies } from './handlers/dependencies';
import { requireNumber, requireTyping } from './handlers/environment';
import { websocketHandler } from './handlers/websocket';

const deps = {
  ...createLimitedDependencies(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  typing: requireTyping(),
};

/** `ping`: keeps the connection open and returns the head sequences of its rooms. */
export const handler = websocketHandler(({ connectionId, frame }) => ping(deps, connectionId, frame));
