import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { ReadPositions } from '../../chat/members/ports';
import { getItems } from './batch-get';
import { ifConditionHolds, itemOfFailedCondition } from './errors';
import { DAY_SECONDS, expiresIn, isExpired } from './items';
import type { Tables } from './tables';

/** Returns the key of the item that contains a user's read position in a room. The item expires with the messages. */
export function positionKey(room: string, userId: string) {
  return { pk: `read#${room}#${userId}`, sk: 'read' };
}

/** Returns the key of the item that contains the time when the read positions in a room were last announced. */
/** Returns whether an item contains a position in the room's current log. */
function isCurrent(item: Record<string, unknown>, epoch: string): boolean {
  return item.epoch === epoch && !isExpired(item, Date.now());
}

function announcementKey(room: string) {
  return { pk: `announced#${room}`, sk: 'announced' };
}

const ANNOUNCEMENT_SECONDS = 3600;

/** Stores read positions in the chat table. Each user and room has one item, which is written with a conditional update. */
export function createReadPositions({ client, chatTable, retentionDays }: Tables): ReadPositions {
  /** Updates an item. Returns the existing item if the condition fails. */
  const update = async (
    Key: Record<string, string>,
    set: Record<string, unknown>,
    condition: string,
    values: Record<string, unknown>,
    more = '',
  ): Promise<Record<string, unknown> | undefined> => {
    const names = Object.keys(set);
    const input: UpdateCommandInput = {
      TableName: chatTable,
      Key,
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${more}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]])),
        ...values,
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
    try {
      await client.send(new UpdateCommand(input));
      return undefined;
    } catch (error) {
      return itemOfFailedCondition(error);
    }
  };

  return {
    async store({ room, epoch }, userId, seq, now, intervalMs) {
      const set = { epoch, seq, at: now, expiresAt: expiresIn(retentionDays * DAY_SECONDS, now) };
      // If a response is lost, the SDK repeats the write. The condition then fails, and the item contains the new position.
      const condition = 'attribute_not_exists(#seq) OR #epoch <> :epoch OR (#seq < :seq AND #at <= :cutoff)';
      const values = { ':cutoff': now - intervalMs };
      // The user is in the room, so a stored position ends an absence.
      const found = await update(positionKey(room, userId), set, condition, values, ' REMOVE missed');
      return found ? { seq: found.seq as number, at: found.at as number } : { seq, at: now };
    },

    async startAnnouncement({ room }, now, intervalMs) {
      const set = { at: now, expiresAt: expiresIn(ANNOUNCEMENT_SECONDS, now) };
      const condition = 'attribute_not_exists(pk) OR #at <= :cutoff';
      const found = await update(announcementKey(room), set, condition, { ':cutoff': now - intervalMs });
      return found?.at as number | undefined;
    },

    async readOwn({ room, epoch }, userId) {
      const get = new GetCommand({
        ...{ TableName: chatTable, Key: positionKey(room, userId), ConsistentRead: true },
      });
      const { Item = {} } = await client.send(get);
      const position = isCurrent(Item, epoch) ? { seq: Item.seq as number } : {};
      return { ...position, wasNotified: Item.missed !== undefined };
    },

    async endAbsence({ room }, userId) {
      const end = new UpdateCommand({
        TableName: chatTable,
        Key: positionKey(room, userId),
        UpdateExpression: 'REMOVE missed',
        ConditionExpression: 'attribute_exists(missed)',
      });
      await ifConditionHolds(client.send(end));
    },

    async read({ room, epoch }, userIds) {
      const keys = userIds.map((userId) => positionKey(room, userId));
      const items = await getItems(client, chatTable, keys, { ConsistentRead: true });
      const current = items.filter((item) => isCurrent(item, epoch));
      return new Map(current.map(({ pk, seq }) => [String(pk).split('#')[2] as string, seq as number]));
    },
  };
}
