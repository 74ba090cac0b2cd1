/** The protocol's format: nine digits, the first of which is not zero. */
const ROOM_NUMBER = /^[1-9][0-9]{8}$/;

function isRoom(text: string): boolean {
  return text === 'lobby' || ROOM_NUMBER.test(text);
}

/** Extracts the room from user input: a number, with or without spaces or dashes, or a link to a room. */
export function parseRoom(text: string): string | undefined {
  const hash = text.lastIndexOf('#');
  const room = text
    .slice(hash + 1)
    .replace(/[\s-]/g, '')
    .toLowerCase();
  return isRoom(room) ? room : undefined;
}

/**
 * Returns the URL of a room on the given page. The number is in the fragment, which browsers do not send to the
 * server: static hosting works, and access logs do not contain room numbers.
 */
export function roomUrl(room: string, page: string): string {
  return `${page.split('#')[0]}#${room}`;
}

/** Formats a room number in groups of three digits: `483 920 117`. */
export function formatRoom(room: string): string {
  return ROOM_NUMBER.test(room) ? room.replace(/(\d{3})(?=\d)/g, '$1 ') : room;
}
