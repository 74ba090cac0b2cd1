import { ping } from './chat/ping';
import { createStores } from './handlers/dependencies';
import { requireNumber } from './handlers/environment';
import { websocketHandler } from './handlers/websocket';

const deps = {
  ...createStores(),
  maxTextBytes: requireNumber('MAX_TEXT_BYTES'),
  rate: { perSecond: requireNumber('MESSAGE_RATE'), burst: requireNumber('MESSAGE_BURST') },
};

/** `ping`: keeps the connection open and returns the head sequences of its rooms. */
export const handler = websocketHandler(({ connectionId, frame }) => ping(deps, connectionId, frame));
