/** As the protocol has it: no room's number begins with a zero. */
const NUMBER = /^[1-9][0-9]{8}$/;

/** Whether that is a room's number, or the lobby. */
export function isRoom(text: string): boolean {
  return text === 'lobby' || NUMBER.test(text);
}

/**
 * The room that is meant by what somebody typed or pasted: a number, with blanks or dashes as people write them, or a
 * link to a room.
 */
export function roomIn(text: string): string | undefined {
  const hash = text.lastIndexOf('#');
  const room = text
    .slice(hash + 1)
    .replace(/[\s-]/g, '')
    .toLowerCase();
  return isRoom(room) ? room : undefined;
}

/**
 * The link to a room: its number behind `#`. That part never leaves the browser, so any static hosting serves it, and
 * no server logs which rooms people visit.
 */
export function linkTo(room: string, page: string): string {
  return `${page.split('#')[0]}#${room}`;
}

/** A room's number as it is read aloud: `483 920 117`. */
export function spoken(room: string): string {
  return NUMBER.test(room) ? room.replace(/(\d{3})(?=\d)/g, '$1 ') : room;
}
