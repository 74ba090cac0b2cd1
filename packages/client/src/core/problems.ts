import type { Problem } from '../protocol';

/**
 * Returns a problem that the client raises, not the server. `left`, `cancelled` and `closed`: the request ended without a
 * reply. `expired`: a retry could store the message twice. `not-joined`: the client is not in the room. `kicked` and `banned`:
 * a moderator removed the user from the room. `no-connection`: an attempt to connect failed. Only this problem is temporary.
 */
export function clientProblem(
  type: 'closed' | 'left' | 'cancelled' | 'expired' | 'not-joined' | 'kicked' | 'banned' | 'no-connection',
  detail: string = type,
): Problem {
  return {
    type: `urn:roomcast:${type}`,
    title: type,
    status: 0,
    detail,
    temporary: type === 'no-connection',
  };
}
