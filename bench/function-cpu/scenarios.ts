import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toTokenUser } from '../../chat/identity/token-user';
import { serverRoutes } from '../../chat/protocol/server-requests';
import type { Connection } from '../../chat/types';
import { AUDIENCE, type Issuer } from '../../tests/support/issuer';
import { root } from '../../tests/support/template';
import { type Fixtures, TEXT } from './fixtures';
import { BROADCAST_KEY } from './services';

/** Members of the room of most frames. */
const MEMBERS = 20;
const TYPING_MEMBERS = 10;
const HISTORY = 50;
/** The messages that a client missed before it joins again. */
const MISSED = 10;

/** Invocations of a function that all take the same path. */
export interface Scenario {
  readonly name: string;
  /** The file of the handler in `functions/`. */
  readonly handler: string;
  /** A text that each successful invocation writes to its log or posts to a connection. */
  readonly proof: string;
  /** How often each invocation writes `proof`. Default: 1. */
  readonly proofs?: number;
  /** The share of the usual number of invocations. Default: 1. */
  readonly share?: number;
  /** The number of posts of a batch, which share the CPU. */
  readonly rows?: number;
  /** Stores what the invocations need. Returns their events. */
  prepare(fixtures: Fixtures, count: number): Promise<object[]>;
}

/** Returns a scenario for each function, and for batches of several sizes. */
export function createScenarios(issuer: Pick<Issuer, 'url' | 'sign'>): Scenario[] {
  return [
    {
      name: 'connect',
      handler: 'connect',
      proof: '"message":"Connected"',
      prepare: async (_, count) =>
        repeat(count, () => ({
          ...createEvent('connect', { connectionId: randomUUID() }),
          headers: { ...readSample('connect').headers, 'Sec-WebSocket-Protocol': 'roomcast.v1' },
        })),
    },
    {
      name: 'disconnect',
      handler: 'disconnect',
      proof: '"rooms":1',
      prepare: (fixtures, count) =>
        repeat(count, async () => createEvent('disconnect', (await addLoneMember(fixtures)).user)),
    },
    {
      name: 'createRoom',
      handler: 'create-room',
      proof: '"type":"created"',
      prepare: (fixtures, count) =>
        repeat(count, async () => createFrame('createRoom', await fixtures.addUser(), { username: 'Ada' })),
    },
    {
      name: `joinRoom, ${MISSED} missed messages`,
      handler: 'join-room',
      proof: '"type":"joined"',
      prepare: (fixtures, count) =>
        repeat(count, async () => {
          const { room, epoch } = await fixtures.addRoom(MISSED);
          const resume = { epoch, lastSeq: 0 };
          return createFrame('joinRoom', await fixtures.addUser(), { room, username: 'Ada', resume });
        }),
    },
    {
      name: 'leaveRoom',
      handler: 'leave-room',
      proof: '"type":"left"',
      prepare: (fixtures, count) =>
        repeat(count, async () => {
          const { room, user } = await addLoneMember(fixtures);
          return createFrame('leaveRoom', user, { room });
        }),
    },
    {
      name: 'sendmessage',
      handler: 'sendmessage',
      proof: '"message":"Accepted"',
      prepare: (fixtures, count) =>
        prepareRoom(fixtures, count, 'sendmessage', () => ({ text: TEXT, clientMsgId: randomUUID() })),
    },
    {
      name: 'changeMessage, editMessage',
      handler: 'change-message',
      proof: '"message":"Changed"',
      async prepare(fixtures, count) {
        const { room, users } = await fixtures.addRoomWithMembers(MEMBERS, count);
        const fields = { action: 'editMessage', room: room.room, text: TEXT };
        return repeat(count, (index) =>
          createFrame('changeMessage', users[0] as Connection, { ...fields, seq: index + 1 }),
        );
      },
    },
    {
      name: `history, ${HISTORY} messages`,
      handler: 'history',
      proof: '"type":"history"',
      prepare: (fixtures, count) =>
        prepareRoom(fixtures, count, 'history', () => ({ limit: HISTORY }), 2 * HISTORY),
    },
    {
      name: `members, ${MEMBERS} members`,
      handler: 'members',
      proof: '"type":"members"',
      prepare: (fixtures, count) => prepareRoom(fixtures, count, 'members', () => ({})),
    },
    {
      name: 'ping',
      handler: 'ping',
      proof: '"type":"pong"',
      prepare: (fixtures, count) => prepareRoom(fixtures, count, 'ping', () => ({})),
    },
    {
      name: `typing, ${TYPING_MEMBERS} members`,
      handler: 'typing',
      proof: '"type":"typing"',
      proofs: TYPING_MEMBERS - 1,
      share: 0.4, // each invocation needs a new room, because a user can announce typing in a room every five seconds only
      prepare: (fixtures, count) =>
        repeat(count, async () => {
          const { room, users } = await fixtures.addRoomWithMembers(TYPING_MEMBERS);
          return createFrame('typing', users[0] as Connection, { room: room.room });
        }),
    },
    {
      name: 'default, plain connection',
      handler: 'default',
      proof: 'Use the sendmessage route',
      prepare: (fixtures, count) =>
        repeat(count, async () => ({
          ...createEvent('default', await fixtures.addUser({ protocol: 'plain', plainRoom: 'lobby' })),
          body: 'hello',
        })),
    },
    {
      name: 'moderate, invite',
      handler: 'moderate',
      proof: '"type":"invited"',
      async prepare(fixtures, count) {
        const { room, users } = await fixtures.addRoomWithMembers(1);
        const body = { action: 'invite', room: room.room, uses: 5 };
        return repeat(count, () => createFrame('moderate', users[0] as Connection, body));
      },
    },
    {
      name: 'refreshToken',
      handler: 'refresh-token',
      proof: '"type":"tokenRefreshed"',
      async prepare(fixtures, count) {
        const exp = Math.floor(Date.now() / 1000) + 3600;
        const { userId, tokenExpiresAt } = toTokenUser({ iss: issuer.url, sub: 'ada', exp });
        const user = await fixtures.addUser({ userId, tokenExpiresAt });
        await fixtures.addMember(await fixtures.addRoom(), user);
        const token = await issuer.sign({ sub: 'ada', exp });
        return repeat(count, () => createFrame('refreshToken', user, { token }));
      },
    },
    {
      name: 'broadcast',
      handler: 'broadcast',
      proof: '"message":"Broadcast accepted"',
      async prepare(_, count) {
        const sample = readSample('broadcast');
        const headers = { ...sample.headers, authorization: `Bearer ${BROADCAST_KEY}` };
        return repeat(count, () => ({ ...sample, headers }));
      },
    },
    {
      name: 'api, sendMessage',
      handler: 'api',
      proof: '"message":"Served"',
      async prepare(fixtures, count) {
        const { room } = await fixtures.addRoom();
        const sample = readSample('api');
        const routeKey = serverRoutes.sendMessage;
        return repeat(count, () => ({
          ...{ ...sample, routeKey, pathParameters: { room } },
          headers: { ...sample.headers, 'idempotency-key': randomUUID() },
          body: JSON.stringify({ text: TEXT }),
        }));
      },
    },
    ...[1, 10, 100, 350].map((rows) => ({
      name: rows === 1 ? 'post, 1 row' : `post, ${rows} rows`,
      handler: 'post',
      rows,
      proof: '"message":"Posted"',
      share: 40 / (rows + 20),
      prepare: async (_: Fixtures, count: number) => repeat(count, () => createBatch(rows)),
    })),
  ];
}

/** Returns the parameters with which no invocation exceeds a limit, and those that the scenarios need. */
export function createParameters(issuer: Pick<Issuer, 'url'>): Record<string, string> {
  return { Limits: 'loadTest', JwtIssuer: issuer.url, JwtAudience: AUDIENCE };
}

/** The settings that the scenarios need. */
export const SETTINGS = { NoticeThreshold: 200, TypingIndicator: 'on' };

/** Creates frames of the members of one room, in turn. */
async function prepareRoom(
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

async function addLoneMember(fixtures: Fixtures) {
  const { room, users } = await fixtures.addRoomWithMembers(1);
  return { room: room.room, user: users[0] as Connection };
}

async function repeat<T>(count: number, create: (index: number) => T | Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await create(index));
  return results;
}

function readSample(name: string) {
  return JSON.parse(readFileSync(join(root, 'events', `${name}.json`), 'utf8'));
}

/** Returns the sample event of a route for another connection. */
function createEvent(name: string, { connectionId }: Pick<Connection, 'connectionId'>) {
  const sample = readSample(name);
  return { ...sample, requestContext: { ...sample.requestContext, connectionId } };
}

function createFrame(
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

function createBatch(count: number) {
  const { frames, ...sample } = readSample('post');
  const rows = Array.from({ length: count }, (_, index) => ({
    connectionId: { S: `${String(index).padStart(5, '0')}M9cOFvHcCIhw=` },
    room: { S: '123456789' },
    protocol: { S: 'roomcast.v1' },
  }));
  const frame = JSON.stringify({ ...JSON.parse(frames['roomcast.v1']), text: TEXT });
  return { ...sample, frames: { ...frames, 'roomcast.v1': frame }, rows };
}
