import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../../../chat/types';
import { root } from '../../../testbed/template';
import type { Fixtures } from '../fixtures';

/** The number of members in the room that most frames use. */
export const MEMBERS = 20;

/** Creates frames from the members of one room in turn. */
export async function prepareRoom(
  fixtures: Fixtures,
  count: number,
  action: string,
  createFields: () => object,
  messages = 0,
): Promise<object[]> {
  const { room, users } = await fixtures.addRoomWithMembers(MEMBERS, messages);
  return repeat(count, (index) =>
    createFrame(action, users[index % users.length] as Connection, { room: room.room, ...createFields() }),
  );
}

/** Creates a room with one member. */
export async function addLoneMember(fixtures: Fixtures) {
  const { room, users } = await fixtures.addRoomWithMembers(1);
  return { room: room.room, user: users[0] as Connection };
}

/** Creates a list of events one at a time. */
export async function repeat<T>(count: number, create: (index: number) => T | Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await create(index));
  return results;
}

/** Returns the sample event for a function. */
export function readSample(name: string) {
  return JSON.parse(readFileSync(join(root, 'events', `${name}.json`), 'utf8'));
}

/** Returns the sample event for a route, with another connection. */
export function createEvent(name: string, { connectionId }: Pick<Connection, 'connectionId'>) {
  const sample = readSample(name);
  return { ...sample, requestContext: { ...sample.requestContext, connectionId } };
}

/** Returns the event for a frame from a connection. */
export function createFrame(
  name: string,
  connection: Connection,
  fields: { action?: string; [field: string]: unknown },
) {
  const event = createEvent(name, connection);
  const { action = event.requestContext.routeKey } = fields;
  return {
    ...event,
    requestContext: { ...event.requestContext, routeKey: action },
    body: JSON.stringify({ action, id: '7', ...fields }),
  };
}
