import type { ProblemError } from '@roomcast/client';
import { formatDateTime } from './date-format';

const MESSAGES: Record<string, string> = {
  'unknown-room': 'Room not found. Check the number, or create a room.',
  'rate-limited': 'Too many attempts. Wait a minute, then try again.',
  'too-large': 'The message is too long. Shorten it, then send it again.',
  closed: 'The connection was closed.',
  cancelled: 'You stopped sending the message.',
  left: 'You left the room before the message was sent.',
  kicked: 'A moderator removed you from the room.',
  banned: 'A moderator banned you from the room.',
  expired: 'Delivery could not be confirmed. Check whether the message arrived before you send it again.',
};

/** The server names the field of a request at the start of its message: `username must be…`. */
const FIELDS: Record<string, string> = {
  username: 'Your name',
  name: 'The name of the room',
  topic: 'The topic',
};
const FIELD = /^(?:username|name|topic)(?= )/;

const ISO_TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** Returns a message for the user. Falls back to the server's message, with local times, for other problem types. */
export function errorMessage({ type, message }: ProblemError): string {
  return (
    MESSAGES[type] ??
    message
      .replace(FIELD, (field) => FIELDS[field] as string)
      .replace(ISO_TIME, (time) => formatDateTime(Date.parse(time)))
  );
}
