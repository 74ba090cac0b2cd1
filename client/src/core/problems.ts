import type { Problem } from '../protocol';

/** A problem that the server has not told: the client's own. */
export function local(type: 'closed' | 'left' | 'expired', detail: string): Problem {
  return { type: `urn:roomcast:${type}`, title: type, status: 0, detail, temporary: false };
}
