import { refreshToken } from './chat/refresh-token';
import { createLimitedDependencies } from './handlers/dependencies';
import { createVerifier } from './handlers/tokens';
import { websocketHandler } from './handlers/websocket';

const deps = { ...createLimitedDependencies(), tokens: createVerifier() };

/** `refreshToken`: replaces the sender's token, so that the connection outlives the previous one. */
export const handler = websocketHandler(({ connectionId, frame }) => refreshToken(deps, connectionId, frame));
