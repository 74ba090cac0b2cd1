import type { Storage } from '../../src/storage';

/** A storage whose items a test can look at. */
export function storageOf(items: Map<string, string>): Storage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
  };
}
