import type { RoomLogRef } from '../../chat/types';

const PARTITION = 'reactions';

/** Returns the key of the item that contains a user's reactions to a message. */
export function reactionsKey({ room, epoch }: RoomLogRef, seq: number, userId: string) {
  return { pk: `${PARTITION}#${room}#${epoch}#${seq}`, sk: userId };
}

/** Returns which message an item of reactions belongs to, or undefined for other items. */
export function reactedMessage(pk: string): (RoomLogRef & { seq: number }) | undefined {
  const [partition, room, epoch, seq] = pk.split('#');
  return partition === PARTITION && room && epoch ? { room, epoch, seq: Number(seq) } : undefined;
}

/** Returns the emoji in an item. The attribute can be missing, because DynamoDB removes empty sets. */
export function toEmojis(item: Record<string, unknown> | undefined): string[] {
  return [...((item?.emojis as Set<string> | undefined) ?? [])].sort();
}
