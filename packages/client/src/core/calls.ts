import type { Action, Call, Core, Link } from './types';

/** Makes a request; `pump` sends it when its time has come. */
export function request(core: Core, action: Action, fields: Call['fields'], more: Partial<Call> = {}): Call {
  const call: Call = { id: String(++core.count), action, fields, tries: 0, ...more };
  core.calls.set(call.id, call);
  return call;
}

export function links(core: Core): Link[] {
  return [core.link, core.next, core.old].filter((link) => link !== undefined);
}

export function linkOf(core: Core, socket: number | undefined): Link | undefined {
  return links(core).find((link) => link.socket === socket);
}

/** Whether a request of a kind is under way on a connection, or is about to be. */
export function isAsking(core: Core, action: Action, socket: number, room?: string): boolean {
  return [...core.calls.values()].some(
    (call) => call.action === action && call.bound === socket && call.fields.room === room,
  );
}

/** Asks whether a connection is alive and how far its rooms are, if that is not being asked already. */
export function ping(core: Core, link: Link | undefined, beat = false): void {
  if (!link?.open || isAsking(core, 'ping', link.socket)) return;
  const here = [...core.rooms.values()].filter(({ joined }) => joined.has(link.socket));
  const places = new Map(here.map(({ room, last }) => [room, last]));
  request(core, 'ping', {}, { bound: link.socket, places, beat });
}
