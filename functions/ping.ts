import { ping } from './chat/ping';
import { parseFrame } from './chat/protocol/frames';
import { sockets, stores } from './handlers/dependencies';
import { numberVariable } from './handlers/environment';
import { route } from './handlers/websocket';

const deps = {
  ...stores(),
  maxTextBytes: numberVariable('MAX_TEXT_BYTES'),
  rate: { perSecond: numberVariable('MESSAGE_RATE'), burst: numberVariable('MESSAGE_BURST') },
};

/** `ping`: keeps the connection from idling out and tells its rooms' heads. */
export const handler = route(sockets(), ({ connectionId, body }) =>
  ping(deps, connectionId, parseFrame(body)),
);
