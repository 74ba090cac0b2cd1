import type { ProblemError } from '@roomcast/client';

const TEXTS: Record<string, string> = {
  'unknown-room': 'There is no room with that number.',
  'rate-limited': 'Too many tries. Wait a minute, then try again.',
  'too-large': 'It is too long.',
  closed: 'The connection was closed.',
  left: 'You left the room before it was sent.',
  expired: 'It waited too long. Send it again, if nobody has it yet.',
};

/** Why something was refused, in the words of this page. */
export function refusalOf({ type, message }: ProblemError): string {
  return TEXTS[type] ?? message;
}
