import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RoomConfiguration, RoomSettings } from '../../chat/rooms/ports';
import { roomIdentity } from '../../chat/rooms/room-keys';
import type { RoomRef } from '../../chat/types';
import { ifConditionHolds } from './errors';
import { roomKey } from './items';
import { roomSetUpdate } from './room-sets';
import type { Tables } from './tables';

/** Changes the settings of rooms in the chat table. */
export function createRoomConfiguration({ client, chatTable }: Tables): RoomConfiguration {
  return {
    async updateSettings({ room, epoch }, settings) {
      const { set, remove, names, values } = settingsUpdate(settings);
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: roomKey(room),
        UpdateExpression:
          [set && `SET ${set}`, remove && `REMOVE ${remove}`].filter(Boolean).join(' ') || undefined,
        ConditionExpression: 'epoch = :identity',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':identity': roomIdentity(epoch), ...values },
        ReturnValues: 'ALL_NEW',
      });
      const updated = await ifConditionHolds(client.send(update));
      return updated?.Attributes as (RoomRef & RoomSettings) | undefined;
    },

    async recordAddressBan({ room, epoch }, until) {
      const update = new UpdateCommand({
        TableName: chatTable,
        Key: roomKey(room),
        UpdateExpression: 'SET addressBansUntil = :until',
        ConditionExpression:
          'epoch = :identity AND (attribute_not_exists(addressBansUntil) OR addressBansUntil < :until)',
        ExpressionAttributeValues: { ':identity': roomIdentity(epoch), ':until': until },
      });
      await ifConditionHolds(client.send(update));
    },

    async setBlocked(room, userId, isBlocked) {
      const update = roomSetUpdate(chatTable, room, 'blockedBy', userId, isBlocked);
      await ifConditionHolds(client.send(new UpdateCommand(update)));
    },
  };
}

/** The values that remove a setting. */
const DEFAULTS: unknown[] = ['', 0, 'everyone'];

/** Returns the parts of an update that sets or removes the given settings and keeps the others. */
function settingsUpdate(settings: RoomSettings) {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const kept = given.filter(([, value]) => !DEFAULTS.includes(value));
  const removed = given.filter((entry) => !kept.includes(entry));
  return {
    set: kept.map(([setting]) => `#${setting} = :${setting}`).join(', '),
    remove: removed.map(([setting]) => `#${setting}`).join(', '),
    // `name` is a reserved word. An empty map of names is not valid.
    names:
      given.length === 0 ? undefined : Object.fromEntries(given.map(([setting]) => [`#${setting}`, setting])),
    values: Object.fromEntries(kept.map(([setting, value]) => [`:${setting}`, value])),
  };
}
