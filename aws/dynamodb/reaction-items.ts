import type { RoomLogRef } from '../../chat/types';

const PARTITION = 'reactions';

/** Key of the item that holds the emoji with which a user has reacted to a message. */
export function reactionsKey({ room, epoch }: RoomLogRef, seq: number, userId: string) {
  return { pk: `${PARTITION}#${room}#${epoch}#${seq}`, sk: userId };
}

/** Returns the message of an item of reactions, or undefined for other items. */
export function reactedMessage(pk: string): (RoomLogRef & { seq: number }) | undefined {
  const [partition, room, epoch, seq] = pk.split('#');
  return partition === PARTITION && room && epoch ? { room, epoch, seq: Number(seq) } : undefined;
}

/** DynamoDB removes a set that becomes empty. */
export function toEmojis(item: Record<string, unknown> | undefined): string[] {
  return [...((item?.emojis as Set<string> | undefined) ?? [])].sort();
}
