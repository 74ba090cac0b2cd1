import type { User } from '@roomcast/client';
import { PROTOTYPES } from './confusables';

const cache = new Map<string, string>();
const MAX_CACHED = 2000;

/**
 * Returns the skeleton of a name. Names that look alike have the same skeleton. It is the case-insensitive skeleton of UTS 39,
 * limited to characters that look like ASCII characters.
 *
 * https://www.unicode.org/reports/tr39/#Confusable_Detection
 */
export function getSkeleton(name: string): string {
  const cached = cache.get(name);
  if (cached !== undefined) return cached;
  const characters = [...name.normalize('NFD')].filter(
    (each) => !/\p{Default_Ignorable_Code_Point}/u.test(each),
  );
  const mapped = characters.map((each) => PROTOTYPES.get(each) ?? each).join('');
  const skeleton = mapped.normalize('NFD').replace(/\s+/g, ' ').toLowerCase();
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(name, skeleton);
  return skeleton;
}

/** Returns the IDs of the users whose names look like another user's name. */
export function findLookAlikes(users: Iterable<User>): ReadonlySet<string> {
  const idsBySkeleton = new Map<string, Set<string>>();
  for (const { userId, username } of users) {
    const skeleton = getSkeleton(username);
    const ids = idsBySkeleton.get(skeleton) ?? new Set();
    idsBySkeleton.set(skeleton, ids.add(userId));
  }
  return new Set([...idsBySkeleton.values()].filter(({ size }) => size > 1).flatMap((ids) => [...ids]));
}
