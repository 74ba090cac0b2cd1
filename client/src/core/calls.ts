import type { Action, Call, Core, Link } from './types';

/** Makes a request; `pump` sends it when its time has come. */
export function request(core: Core, action: Action, fields: Call['fields'], more: Partial<Call> = {}): Call {
  core.count += 1;
  const call: Call = { id: String(core.count), action, fields, tries: 0, ...more };
  core.calls.set(call.id, call);
  return call;
}

export function links(core: Core): Link[] {
  return [core.link, core.next, core.old].filter((link) => link !== undefined);
}

export function linkOf(core: Core, socket: number | undefined): Link | undefined {
  return links(core).find((link) => link.socket === socket);
}

/** The requests of one kind that are about a room, or about a connection. */
export function callsOf(core: Core, action: Action, room?: string, socket?: number): Call[] {
  return [...core.calls.values()].filter(
    (call) =>
      call.action === action &&
      (room === undefined || call.fields.room === room) &&
      (socket === undefined || call.bound === socket),
  );
}

/** Asks whether a connection is alive and how far its rooms are, if that is not being asked already. */
export function ping(core: Core, link: Link | undefined, beat = false): void {
  if (!link?.open || callsOf(core, 'ping', undefined, link.socket).length) return;
  const here = [...core.rooms.values()].filter(({ joined }) => joined.has(link.socket));
  const places = new Map(here.map(({ room, last }) => [room, last]));
  request(core, 'ping', {}, { bound: link.socket, places, beat });
}
