import type { EventBridgeEvent } from 'aws-lambda';
import { createAbsences } from '../aws/dynamodb/absences';
import { createBudgets } from '../aws/dynamodb/budgets';
import { createDevices } from '../aws/dynamodb/devices';
import { createRooms } from '../aws/dynamodb/rooms';
import { createStandings } from '../aws/dynamodb/standings';
import { createTracedEventBus, getTables } from '../aws/lambda/dependencies';
import { instrument, logger } from '../aws/lambda/observability';
import { notifyAway } from '../chat/away/notify-away';
import type { ChatEvent } from '../chat/protocol/events';

const tables = getTables();
const deps = {
  log: createRooms(tables),
  standings: createStandings(tables.client, tables.chatTable),
  absences: createAbsences(tables),
  devices: createDevices(tables),
  budgets: createBudgets(tables.client, tables.chatTable),
  bus: createTracedEventBus(),
  now: Date.now,
};

type SentEvent = EventBridgeEvent<'MessageSent', ChatEvent<'MessageSent'>['detail']>;

/** Handles `MessageSent` in rooms with followers. Publishes `MessageMissed` for each follower who is away. */
export const handler = instrument(async ({ detail }: SentEvent): Promise<void> => {
  const { room, seq, messageId } = detail;
  const users = await notifyAway(deps, detail);
  if (users > 0) logger.info('Notified', { room, seq, messageId, users });
});
