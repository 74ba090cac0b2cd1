/** The function's environment, as the template sets it. Reading is strict: a variable that is missing is a bug. */

/** @throws Error naming the variable if it is not set. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** @throws Error if the variable is not set or not a whole number. */
export function numberVariable(name: string): number {
  const value = Number(variable(name));
  if (!Number.isSafeInteger(value))
    throw new Error(`The environment variable ${name} is not a whole number.`);
  return value;
}

/** A variable that is a comma-separated list. */
export function listVariable(name: string): string[] {
  return commaSeparated(variable(name));
}

/** The items of a comma-separated list, as variables and headers have them: without blanks, none empty. */
export function commaSeparated(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
