import type { JsonObject } from '../../core/service';

/** The members of Step Functions API responses that contain times. */
const DATES = /^(?:start|stop|redrive)Date$/;

/**
 * Converts the names of an input's top-level members from state machine definitions (`PascalCase`) to API names (`camelCase`).
 */
export function toApiMembers(input: JsonObject): JsonObject {
  return renameMembers(input, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

/**
 * Converts all member names of a Step Functions API response to the names in state machines (`PascalCase`).
 *
 * @param toDate converts a time in epoch seconds
 */
export function toStateMembers(output: unknown, toDate: (seconds: number) => unknown): unknown {
  if (Array.isArray(output)) return output.map((element) => toStateMembers(element, toDate));
  if (typeof output !== 'object' || output === null) return output;
  const converted = Object.entries(output).map(([name, value]) => [
    name,
    DATES.test(name) ? toDate(value as number) : toStateMembers(value, toDate),
  ]);
  return renameMembers(Object.fromEntries(converted), toPascalCase);
}

/** Capitalizes the name of an action or a member. */
export function toPascalCase(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function renameMembers(object: JsonObject, rename: (name: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [rename(name), value]));
}
