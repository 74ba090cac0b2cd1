/** The keys of the items of the chat table that count members. */

/** Key of the item that holds one user's connections in one room. */
export function memberItemKey(room: string, userId: string) {
  return { pk: `member#${room}#${userId}`, sk: 'member' };
}
