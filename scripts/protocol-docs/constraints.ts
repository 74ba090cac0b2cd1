import type { JsonSchema } from './json-schema';

/**
 * What the schemas check in code, in JSON Schema's words, by the field of the request. `functions/chat/rooms.ts` and
 * `functions/chat/text.ts` are the originals; a test holds both against the same samples.
 */
const CHARACTER = '(?:[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]|\\u200D)';
const NOT_BLANK = '(?=[\\s\\S]*[^\\s\\p{Cf}])';

export const constraints: Record<string, JsonSchema> = {
  id: { pattern: '^\\P{Cs}*$' },
  room: { pattern: '^(?:lobby|[1-9][0-9]{8})$' },
  name: { pattern: `^${NOT_BLANK}${CHARACTER}{1,64}$` },
  username: { pattern: `^${NOT_BLANK}\\s*${CHARACTER}{1,32}\\s*$` },
};

/** By action: what holds for a request as a whole. */
export const requestConstraints: Record<string, JsonSchema> = {
  history: { not: { required: ['after', 'before'] } },
};
