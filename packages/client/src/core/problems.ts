import type { Problem } from '../protocol';

/**
 * A problem that the server has not told: the client's own. `left` and `closed`: there will be no answer any more;
 * `expired`: sending the message again might store it twice; `not-joined`: one is not in that room.
 */
export function local(type: 'closed' | 'left' | 'expired' | 'not-joined'): Problem {
  return { type: `urn:roomcast:${type}`, title: type, status: 0, detail: type, temporary: false };
}
