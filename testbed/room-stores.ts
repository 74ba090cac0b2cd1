import { createAppends } from '../aws/dynamodb/append';
import { createRoomBudgets } from '../aws/dynamodb/budgets';
import { createChanges } from '../aws/dynamodb/changes';
import { createEntries } from '../aws/dynamodb/entries';
import { createFollowers } from '../aws/dynamodb/followers';
import { createRoomConfiguration } from '../aws/dynamodb/room-configuration';
import { createRoomLists } from '../aws/dynamodb/room-lists';
import { createRoomUpkeep } from '../aws/dynamodb/room-upkeep';
import { createRooms, createSenders } from '../aws/dynamodb/rooms';
import { createTurns } from '../aws/dynamodb/slow-mode';
import type { Tables } from '../aws/dynamodb/tables';

/** Creates all ports of rooms and their logs. Functions create only the ports that they use. */
export function createRoomStores(
  client: unknown,
  connectionsTable = 'connections',
  chatTable = 'chat',
  retentionDays = 7,
) {
  const tables = { client, connectionsTable, chatTable, retentionDays } as Tables;
  return {
    ...createSenders(tables),
    ...createRooms(tables),
    ...createRoomLists(tables),
    ...createRoomUpkeep(tables),
    ...createRoomConfiguration(tables),
    ...createFollowers(tables),
    ...createAppends(tables),
    ...createChanges(tables),
    ...createTurns(tables),
    ...createRoomBudgets(tables),
    ...createEntries(tables),
  };
}
