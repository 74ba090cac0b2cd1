import type { Storage } from '../../src/storage';

/** Creates a storage that is backed by a map, so that tests can inspect its items. */
export function createMemoryStorage(items: Map<string, string>): Storage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
  };
}
