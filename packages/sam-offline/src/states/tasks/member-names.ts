import type { JsonObject } from '../../core/service';

/** The members of the Step Functions API that hold times. */
const DATES = /^(?:start|stop|redrive)Date$/;

/** Converts the top-level members of an input from the spelling of state machines to the spelling of the API. */
export function toApiMembers(input: JsonObject): JsonObject {
  return renameMembers(input, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

/**
 * Converts a response of the Step Functions API to the spelling of a state machine, at any depth.
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
