import { randomInt } from 'node:crypto';

/** The number of attempts to find a free room number. With 900 million numbers, the first number is almost always free. */
export const MAX_NUMBER_ATTEMPTS = 5;

/** Returns a random room number. The number may be taken. */
export function createNumber(): string {
  return String(randomInt(100_000_000, 1_000_000_000));
}
