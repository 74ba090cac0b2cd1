import type { JsonSchema } from './json-schema';

/**
 * JSON Schema equivalents of the checks that `functions/chat/rooms.ts` and `functions/chat/text.ts` implement in code, by
 * request field. A test runs both against the same samples.
 */
const CHARACTER = '(?:[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]|\\u200D)';
const NOT_BLANK = '(?=[\\s\\S]*[^\\s\\p{Cf}])';

export const constraints: Record<string, JsonSchema> = {
  id: { pattern: '^\\P{Cs}*$' },
  room: { pattern: '^(?:lobby|[1-9][0-9]{8})$' },
  name: { pattern: `^${NOT_BLANK}${CHARACTER}{1,64}$` },
  username: { pattern: `^${NOT_BLANK}\\s*${CHARACTER}{1,32}\\s*$` },
};

/** Constraints on a request as a whole, by action. */
export const requestConstraints: Record<string, JsonSchema> = {
  history: { not: { required: ['after', 'before'] } },
};
