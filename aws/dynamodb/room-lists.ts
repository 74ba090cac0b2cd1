import type { RoomLists } from '../../chat/rooms/ports';
import type { RoomRef } from '../../chat/types';
import { getItems } from './batch-get';
import { isExpired, roomKey } from './items';
import { readLastEntry } from './rooms';
import type { Tables } from './tables';

/** Reads several rooms of the chat table at once. */
export function createRoomLists(tables: Tables): RoomLists {
  return {
    async readRooms(rooms) {
      const keys = [...new Set(rooms)].map(roomKey);
      const items = await getItems(tables.client, tables.chatTable, keys, { ConsistentRead: true });
      const current = items.filter((item) => !isExpired(item, Date.now()));
      return current.map(({ room, shards }) => ({ room, shards }) as RoomRef);
    },

    async readHeads(rooms) {
      const heads = rooms.map(async (room) => {
        const last = await readLastEntry(tables, room);
        return [room, last?.seq ?? 0] as const;
      });
      return new Map(await Promise.all(heads));
    },
  };
}
