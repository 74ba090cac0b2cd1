import type { JsonSchema } from './json-schema';

/**
 * JSON Schema equivalents of the checks that `chat/rooms/room-keys.ts` and `chat/protocol/names.ts` implement in code, by
 * request field. A test runs both against the same samples.
 */
const CHARACTER = '(?:[^\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]|\\u200D)';
const VISIBLE = '(?=[\\s\\S]*(?!\\u2800)(?!\\p{Default_Ignorable_Code_Point})[\\p{L}\\p{N}\\p{P}\\p{S}])';
/** The server also rejects names that look similar to a reserved name. A short pattern cannot express this rule. */
const NOT_RESERVED = '(?!\\s*(?:[Yy][Oo][Uu]|[Ss][Yy][Ss][Tt][Ee][Mm])\\s*$)';

export const constraints: Record<string, JsonSchema> = {
  id: { pattern: '^\\P{Cs}*$' },
  room: { pattern: '^(?:lobby|[1-9][0-9]{8})$' },
  name: { pattern: `^${VISIBLE}${CHARACTER}{1,64}$` },
  topic: { pattern: `^(?:${VISIBLE}${CHARACTER}{1,256})?$` },
  /** Describes the name after the server has normalized it: in NFKC, without invisible characters. */
  username: { pattern: `^${NOT_RESERVED}${VISIBLE}\\s*${CHARACTER}{1,32}\\s*$` },
};

/** Constraints on a request as a whole, by action. */
export const requestConstraints: Record<string, JsonSchema> = {
  history: { not: { required: ['after', 'before'] } },
};
