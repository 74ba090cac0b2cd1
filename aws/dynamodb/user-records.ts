import type { UserRecord } from '../../chat/server-api/ports';
import { pick, toEntry } from './items';
import { reactedMessage, toEmojis } from './reaction-items';
import { userOfStanding } from './rights-items';

/** Recognizes the items of the chat table that belong to a user. */

type Item = Record<string, unknown>;

export type RecordType =
  | 'entry'
  | 'room'
  | 'standing'
  | 'addressBan'
  | 'invite'
  | 'session'
  | 'directRoom'
  | 'reaction'
  | 'activity';

/**
 * Returns the filter of a scan for items that may belong to a user. It also matches longer IDs that contain `userId`, so check
 * each item with `typeOfRecord`.
 */
export function mentionsUser(userId: string) {
  return {
    FilterExpression:
      '#userId = :user OR #owner = :user OR contains(#users, :user) OR contains(followers, :user) OR #by.#userId = :user OR bannedWith = :user OR contains(pk, :user) OR contains(sk, :user)',
    ExpressionAttributeNames: { '#userId': 'userId', '#owner': 'owner', '#users': 'users', '#by': 'by' },
    ExpressionAttributeValues: { ':user': userId },
  };
}

/** Returns the type of a user's record, or undefined if the item does not belong to this user. */
export function typeOfRecord(item: Item, userId: string): RecordType | undefined {
  const [pk, sk] = [String(item.pk), String(item.sk)];
  const [partition, ...ids] = pk.split('#');
  const only = (type: RecordType, owner: unknown) => (owner === userId ? type : undefined);
  if (partition === 'session') return only('session', item.userId);
  if (reactedMessage(pk)) return only('reaction', sk);
  if (partition !== 'room') {
    if (!ids.includes(userId)) return undefined;
    return sk === 'direct' ? 'directRoom' : 'activity';
  }
  if (sk === 'room') {
    const isKnown =
      item.owner === userId || indexInRoom(item, userId) >= 0 || isIn(item, 'followers', userId);
    return isKnown ? 'room' : undefined;
  }
  if (sk.startsWith('entry#')) return only('entry', item.userId);
  if (sk.startsWith('invite#')) return only('invite', (item.by as Item).userId);
  return only('standing', userOfStanding(item)) ?? only('addressBan', item.bannedWith);
}

/** Returns the index of a user in the list of a direct room's users, or -1. */
export function indexInRoom({ users = [] }: Item, userId: string): number {
  return (users as string[]).indexOf(userId);
}

/** Returns whether a set of a room contains a user. */
function isIn(item: Item, set: 'followers' | 'openedBy' | 'blockedBy', userId: string): boolean {
  return (item[set] as Set<string> | undefined)?.has(userId) === true;
}

/** Returns the attributes of a record that are data of the user. Omits data of other users. */
export function toUserData(type: RecordType, item: Item, userId: string): UserRecord['data'] {
  const [, room] = String(item.pk).split('#');
  switch (type) {
    case 'entry': {
      const { from, ...entry } = toEntry(item);
      return { type, ...entry, username: from.username };
    }
    case 'room': {
      // The name of a direct room contains the name of the other user.
      const fields = item.kind === 'direct' ? ['room', 'kind'] : ['room', 'kind', 'name'];
      return { type, ...pick<Item>(item, fields), ...roleIn(item, userId) };
    }
    case 'standing':
    case 'addressBan':
      return { type, room, ...pick<Item>(item, ['role', 'bannedUntil', 'bannedName', 'expiresAt']) };
    case 'invite':
      return { type, ...pick<Item>(item, ['room', 'by', 'role', 'usesLeft', 'expiresAt']) };
    case 'reaction':
      return { type, ...reactedMessage(String(item.pk)), emojis: toEmojis(item), at: item.at };
    case 'directRoom':
      return { type, ...pick<Item>(item, ['room']) };
    default: {
      const { pk, sk: _, ...attributes } = item;
      return { type, key: pk, ...withArrays(attributes) };
    }
  }
}

function roleIn(item: Item, userId: string) {
  return {
    isOwner: item.owner === userId,
    ...(isIn(item, 'followers', userId) ? { isFollower: true } : {}),
    ...(item.kind === 'direct'
      ? { hasOpened: isIn(item, 'openedBy', userId), hasBlocked: isIn(item, 'blockedBy', userId) }
      : {}),
  };
}

/** Converts sets to arrays, because JSON has no sets. */
function withArrays(attributes: Item): Item {
  const toValue = (value: unknown) => (value instanceof Set ? [...value] : value);
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, toValue(value)]));
}
