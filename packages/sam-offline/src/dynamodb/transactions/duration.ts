import { createRandom, createSeed } from '../../faults/random';

const MIN_MS = 5;
const MAX_MS = 15;

/**
 * Returns a function that returns a random transaction duration in milliseconds. DynamoDB prepares and then commits the items
 * on several machines. AWS does not document how long this takes, so the range is an assumption.
 *
 * @param seed makes the durations repeatable. Defaults to a random seed.
 */
export function createTransactionDuration(seed = createSeed()): () => number {
  const random = createRandom(seed);
  return () => MIN_MS + random() * (MAX_MS - MIN_MS);
}
