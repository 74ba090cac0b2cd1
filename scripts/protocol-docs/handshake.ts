import { constraints } from './constraints';
import type { JsonSchema } from './json-schema';

/**
 * The parameters of the handshake, which `chat/identity/identify-client.ts` reads. A test checks both files against the same
 * samples.
 */

export const connectQuery: JsonSchema = {
  type: 'object',
  properties: {
    username: {
      description:
        'The display name: 1 to 32 printable characters. Surrounding whitespace is removed. Ignored with a token. Default: `guest-` and four digits.',
      type: 'string',
      ...constraints.username,
    },
    guest: {
      description:
        'The guest secret: 22 to 128 URL-safe characters. The same secret always yields the same `userId`. Rejected with 400, unless the setting `GuestSecretInUrl` is `on`. To keep the secret out of URLs, send the subprotocol `guest.<secret>` instead.',
      type: 'string',
      pattern: '^[A-Za-z0-9_.~-]{22,128}$',
    },
    room: {
      description:
        'The room to join on connect: `lobby` or nine digits. Default: the lobby for a plain connection, and no room for a `roomcast.v1` connection.',
      type: 'string',
      ...constraints.room,
    },
    protocol: {
      description: 'Selects `roomcast.v1`, for clients that cannot set a subprotocol.',
      type: 'string',
      const: 'roomcast.v1',
    },
  },
};

export const connectHeaders: JsonSchema = {
  type: 'object',
  properties: {
    'Sec-WebSocket-Protocol': {
      description:
        'Selects `roomcast.v1`, which the server echoes. The optional entry `guest.<secret>` contains the guest secret, and the optional entry `token.<JWT>` contains a token. Send at most one of these two entries. Any other version is rejected with 400. Without this header, the connection is plain.',
      type: 'string',
      examples: ['roomcast.v1', 'roomcast.v1, guest.3s0nq5yTz1uJ8bWcX4hKdA'],
    },
    Origin: {
      description: 'Set by browsers. Checked against the allowed origins of the deployment.',
      type: 'string',
    },
  },
};

/** The HTTP status codes of a rejected handshake. */
export const handshakeErrors: Record<number, string> = {
  400: 'A parameter or the subprotocol is not valid.',
  401: 'The token is not valid, or the deployment requires one.',
  403: 'The origin of the page is not allowed.',
  404: 'The room does not exist.',
  429: 'API Gateway throttled the connection.',
  503: 'A server error occurred. Try again.',
};
