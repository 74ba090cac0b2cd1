import { createAppends } from '../../functions/aws/dynamodb/append';
import { createRoomBudgets } from '../../functions/aws/dynamodb/budgets';
import { createChanges } from '../../functions/aws/dynamodb/changes';
import { createEntries } from '../../functions/aws/dynamodb/entries';
import { createRoomConfiguration } from '../../functions/aws/dynamodb/room-configuration';
import { createRoomLists } from '../../functions/aws/dynamodb/room-lists';
import { createRoomUpkeep } from '../../functions/aws/dynamodb/room-upkeep';
import { createRooms } from '../../functions/aws/dynamodb/rooms';
import { createSenders } from '../../functions/aws/dynamodb/senders';
import { createTurns } from '../../functions/aws/dynamodb/slow-mode';
import type { Tables } from '../../functions/aws/dynamodb/tables';

/** Creates all ports of rooms and their logs. Functions create only those that they use. */
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
    ...createAppends(tables),
    ...createChanges(tables),
    ...createTurns(tables),
    ...createRoomBudgets(tables),
    ...createEntries(tables),
  };
}
