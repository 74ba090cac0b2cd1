import { constraints } from './constraints';
import type { JsonSchema } from './json-schema';

/** What a client can say when it connects; `functions/chat/identity.ts` reads it, and a test holds both together. */

export const connectQuery: JsonSchema = {
  type: 'object',
  properties: {
    username: {
      description:
        'Display name: 1 to 32 printable characters after trimming. Without one it is `guest-` and four digits.',
      type: 'string',
      ...constraints.username,
    },
    guest: {
      description:
        "The guest's own secret, 22 to 128 URL-safe characters: the same secret is the same `userId`. Better as a subprotocol, which keeps it out of addresses.",
      type: 'string',
      pattern: '^[A-Za-z0-9_.~-]{22,128}$',
    },
    room: {
      description:
        'The room to be in from the start: `lobby` or nine digits. Without it, a plain connection is in the lobby and a `roomcast.v1` connection in no room.',
      type: 'string',
      ...constraints.room,
    },
    protocol: {
      description: 'For clients that cannot set a subprotocol.',
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
        'Asks for `roomcast.v1`, which is echoed. An entry `guest.<secret>` beside it brings the guest secret. Any other version is refused with 400. Without the header, the connection is plain.',
      type: 'string',
      examples: ['roomcast.v1', 'roomcast.v1, guest.3s0nq5yTz1uJ8bWcX4hKdA'],
    },
    Origin: {
      description: 'Set by browsers. Checked against the origins the deployment allows.',
      type: 'string',
    },
  },
};

/** The HTTP statuses a handshake is refused with. */
export const refusals: Record<number, string> = {
  400: 'A parameter or the subprotocol is not valid.',
  401: 'Reserved: the deployment wants to know who connects. None does yet.',
  403: "The page's origin may not connect.",
  404: 'There is no such room.',
  429: 'Too many connections at once, for API Gateway.',
  503: "Something failed on the server's side. Try again in a moment.",
};
