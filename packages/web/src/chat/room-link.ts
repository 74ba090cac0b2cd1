/** The protocol's format: nine digits, the first of which is not zero. */
const ROOM_NUMBER = /^[1-9][0-9]{8}$/;

function isRoom(text: string): boolean {
  return text === 'lobby' || ROOM_NUMBER.test(text);
}

/** The contents of a link to a room. */
export interface RoomLink {
  room: string;
  /** The code of an invite, which is a secret. */
  invite?: string;
}

/**
 * Extracts the room from user input: a number, with or without spaces or dashes, or a link to a room, with or without an
 * invite.
 */
export function parseRoomLink(text: string): RoomLink | undefined {
  const fragment = text.slice(text.lastIndexOf('#') + 1).trim();
  const [, number = '', invite] = /^([^/]*)(?:\/([\w-]{1,64}))?$/.exec(fragment) ?? [];
  const room = number.replace(/[\s-]/g, '').toLowerCase();
  if (!isRoom(room)) return undefined;
  return invite ? { room, invite } : { room };
}

/**
 * Returns the URL of a room on the given page. The number and the invite are in the fragment, which browsers do not send to
 * the server: static hosting works, and access logs contain neither.
 */
export function roomUrl(room: string, page: string, invite?: string): string {
  return `${page.split('#')[0]}#${room}${invite ? `/${invite}` : ''}`;
}

/** Formats a room number in groups of three digits: `483 920 117`. */
export function formatRoom(room: string): string {
  return ROOM_NUMBER.test(room) ? room.replace(/(\d{3})(?=\d)/g, '$1 ') : room;
}
