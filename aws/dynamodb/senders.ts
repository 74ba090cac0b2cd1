import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import type { Senders } from '../../chat/members/ports';
import { EVERYONE } from '../../chat/rooms/room-keys';
import { connectionKey, isExpired, roomKey, toConnection, toMembership } from './items';
import { readLastEntry, withHead } from './rooms';
import type { Tables } from './tables';

/** Reads a connection record and a membership row from the connections table, together with the room. */
export function createSenders(tables: Tables): Senders {
  const { client, connectionsTable, chatTable } = tables;
  return {
    async readSender(connectionId, room) {
      const get = new BatchGetCommand({
        RequestItems: {
          [connectionsTable]: {
            Keys: [connectionKey(connectionId, EVERYONE), connectionKey(connectionId, room)],
            ConsistentRead: true,
          },
          [chatTable]: { Keys: [roomKey(room)], ConsistentRead: true },
        },
      });
      const [{ Responses, UnprocessedKeys }, last] = await Promise.all([
        client.send(get),
        readLastEntry(tables, room),
      ]);
      // DynamoDB leaves keys of three small items unprocessed only if the table is throttled.
      if (Object.keys(UnprocessedKeys ?? {}).length > 0)
        throw new Error('BatchGetItem left keys unprocessed.');
      const now = Date.now();
      const rows = (Responses?.[connectionsTable] ?? []).filter((row) => !isExpired(row, now));
      const record = rows.find((row) => row.room === EVERYONE);
      const member = rows.find((row) => row.room === room);
      const item = Responses?.[chatTable]?.find((found) => !isExpired(found, now));
      return {
        ...(record ? { connection: toConnection(record) } : {}),
        ...(member ? { membership: toMembership(member) } : {}),
        ...(item ? { room: await withHead(tables, item, last) } : {}),
      };
    },
  };
}
