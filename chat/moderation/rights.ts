import type { Rights } from '../types';

/** Returns whether two tokens grant the same rights, regardless of the order of the rooms. Missing rights grant nothing. */
export function areSameRights(a: Rights = {}, b: Rights = {}): boolean {
  const rooms = Object.entries(a.rooms ?? {});
  const otherRooms = b.rooms ?? {};
  return (
    Boolean(a.admin) === Boolean(b.admin) &&
    rooms.length === Object.keys(otherRooms).length &&
    rooms.every(([room, role]) => otherRooms[room] === role)
  );
}
