import { withoutOverrides } from './bidi';

/** The protocol's format: nine digits, the first of which is not zero. */
const ROOM_NUMBER = /^[1-9][0-9]{8}$/;

function isRoom(text: string): boolean {
  return text === 'lobby' || ROOM_NUMBER.test(text);
}

/** The contents of a link to a room. */
export interface RoomLink {
  room: string;
  /** The code of an invite. The code is a secret. */
  invite?: string;
  /** The name of the room, and of the user who created the invite. Only links with an invite have them, and anyone can change them. */
  name?: string;
  inviter?: string;
}

/** An invite as the user who creates it knows it. */
export type Invitation = Pick<RoomLink, 'name' | 'inviter'> & { invite: string };

/** The longest name of a room. Names of users are shorter. */
const MAX_NAME_LENGTH = 64;

/**
 * Extracts the room from user input: a number, with or without spaces or dashes, or a link to a room, with or without an
 * invite.
 */
export function parseRoomLink(text: string): RoomLink | undefined {
  const fragment = text.slice(text.lastIndexOf('#') + 1).trim();
  const [, number = '', invite, query] = /^([^/]*)(?:\/([\w-]{1,64})(?:\?(.*))?)?$/.exec(fragment) ?? [];
  const room = number.replace(/[\s-]/g, '').toLowerCase();
  if (!isRoom(room)) return undefined;
  if (!invite) return { room };
  const names = new URLSearchParams(query);
  return { room, invite, ...readName(names, 'name'), ...readName(names, 'inviter') };
}

function readName(names: URLSearchParams, key: 'name' | 'inviter'): Pick<RoomLink, typeof key> {
  const text = withoutOverrides(names.get(key) ?? '').trim();
  const isName = text !== '' && [...text].length <= MAX_NAME_LENGTH && !/\p{Cc}/u.test(text);
  return isName ? { [key]: text } : {};
}

/**
 * Returns the URL of a room on the given page. The number and the invite are in the fragment, because browsers do not send
 * fragments to the server. This works with static hosting, and keeps the number and the invite out of access logs.
 */
export function roomUrl(room: string, page: string, invitation?: Invitation): string {
  const url = `${page.split('#')[0]}#${room}`;
  if (!invitation) return url;
  const { invite, name, inviter } = invitation;
  const query = new URLSearchParams({ ...(name && { name }), ...(inviter && { inviter }) });
  return `${url}/${invite}${query.size > 0 ? `?${query}` : ''}`;
}

/** Formats a room number in groups of three digits: `483 920 117`. */
export function formatRoom(room: string): string {
  return ROOM_NUMBER.test(room) ? room.replace(/(\d{3})(?=\d)/g, '$1 ') : room;
}
