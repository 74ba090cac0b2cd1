/** Reads the environment variables that the template sets. A missing variable is an error in the template. */

/** @throws Error if the variable is not set. */
export function requireVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** @throws Error if the variable is not set or is not an integer. */
export function requireNumber(name: string): number {
  const value = Number(requireVariable(name));
  if (!Number.isSafeInteger(value)) throw new Error(`The environment variable ${name} is not an integer.`);
  return value;
}

/** Reads whether a feature is on. */
export function requireSwitch(name: string): 'on' | 'off' {
  return requireVariable(name) === 'on' ? 'on' : 'off';
}

/** Reads the public key with which browsers subscribe to notifications. */
export function requireWebPushKey(): string | undefined {
  const key = requireVariable('WEB_PUSH_KEY');
  return key === 'none' ? undefined : key;
}

/** Reads a comma-separated list. */
export function requireList(name: string): string[] {
  return splitList(requireVariable(name));
}

/** Splits a comma-separated list, trims the items and removes empty items. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
