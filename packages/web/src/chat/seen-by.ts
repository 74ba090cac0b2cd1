import type { RoomState } from './room-state';

/** The maximum number of readers to name. */
const MAX_NAMED = 3;

/** Describes who has read a message of this user. Returns undefined if nobody has read it. */
export function describeReaders(
  { kind, positions, members, you }: RoomState,
  seq: number,
): string | undefined {
  const readers = [...positions].filter(([userId, read]) => userId !== you.userId && read >= seq);
  if (readers.length === 0) return undefined;
  if (kind === 'direct') return 'Seen';
  const names = readers.map(([id]) => members.find(({ userId }) => userId === id)?.username);
  const isListed = names.length <= MAX_NAMED && !names.includes(undefined);
  return `Seen by ${isListed ? names.join(', ') : names.length}`;
}
