import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { root } from '../../testbed/template';
import {
  createMemberJoined,
  createMemberLeft,
  createMemberRenamed,
  createRoleChanged,
  createRoomChanged,
} from '../delivery/notice-events';
import type { Entry } from '../types';
import { type ChatEvent, type EventType, events } from './events';
import { createBroadcastSent, createMessageChanged, createMessageSent } from './serialize';

const document = JSON.parse(readFileSync(join(root, 'docs/events.schema.json'), 'utf8'));
const Ajv = createRequire(require.resolve('@asyncapi/parser'))('ajv/dist/2020').default;
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'events', ...document });

const now = Date.parse('2026-01-25T18:50:04.673Z');
const ts = '2026-01-25T18:50:04.673Z';
const ada = { userId: 'g-1', username: 'Ada' };
/** A user with more attributes, which events must not contain. */
const member = { ...ada, connectionId: 'c1' };
const room = { room: '483920117', epoch: 'e', seq: 7, shards: 2, lastTs: 0, name: 'Tea', topic: 'Kettle' };
const audience = ['483920117#0', '483920117#1'];
const entry: Entry = {
  ...{ room: room.room, epoch: 'e', seq: 7, kind: 'message', messageId: 'm' },
  ...{ from: ada, text: 'hello', ts: now, connectionId: 'c1' },
};
const sent = {
  room: room.room,
  epoch: 'e',
  seq: 7,
  kind: 'message',
  messageId: 'm',
  from: ada,
  text: 'hello',
  ts,
};

const reacted = {
  ...{ kind: 'reacted' as const, target: 3, text: '' },
  ...{ reactions: [{ emoji: '👍', count: 2 }], byUser: { 'g-1': ['👍'] } },
};

const cases: [ChatEvent, push: object, plain?: string][] = [
  [createMessageSent(entry, 2), { type: 'message', ...sent }, 'hello'],
  [
    createMessageChanged({ ...entry, kind: 'deleted', target: 3, text: '' }, 2),
    { type: 'message', ...sent, kind: 'deleted', target: 3, text: '' },
  ],
  [
    createMessageChanged({ ...entry, kind: 'edited', target: 3 }, 2),
    { type: 'message', ...sent, kind: 'edited', target: 3 },
  ],
  [
    createMessageChanged({ ...entry, ...reacted, reactedAt: now }, 2),
    { type: 'message', ...sent, ...reacted },
  ],
  [
    createMemberJoined(room, member, 3, now),
    { type: 'memberJoined', room: room.room, member: ada, memberCount: 3, ts },
  ],
  [
    createMemberLeft(room, member, 2, now),
    { type: 'memberLeft', room: room.room, member: ada, memberCount: 2, ts },
  ],
  [
    createMemberRenamed(room, member, 'Bob', now),
    { type: 'memberRenamed', room: room.room, member: ada, previousName: 'Bob', ts },
  ],
  [
    createRoomChanged(room, member, now),
    { type: 'roomChanged', room: room.room, name: 'Tea', topic: 'Kettle', by: ada, ts },
  ],
  [
    createRoleChanged(room, 'g-2', 'reader', member, now),
    { type: 'roleChanged', room: room.room, userId: 'g-2', role: 'reader', by: ada, ts },
  ],
];
const types: EventType[] = [
  ...([
    'MessageSent',
    'MessageDeleted',
    'MessageEdited',
    'MessageReacted',
    'MemberJoined',
    'MemberLeft',
    'MemberRenamed',
  ] as const),
  ...(['RoomChanged', 'RoleChanged'] as const),
];

function expectToMatchSchema({ type, detail }: ChatEvent): void {
  const received = JSON.parse(JSON.stringify(detail));
  expect(z.strictObject(events[type].shape).safeParse(received).error).toBeUndefined();
  const schema = { $ref: `events#/$defs/${type}` };
  expect([ajv.validate(schema, received), ajv.errors]).toEqual([true, null]);
  expect(ajv.validate(schema, { ...received, version: 2 })).toBe(false);
}

describe('events', () => {
  it.each(cases.map(([event, push, plain]) => ({ type: event.type, event, push, plain })))(
    '$type contains the fields of its push, the recipients and the frames',
    ({ type, event, push, plain }) => {
      expectToMatchSchema(event);
      const { type: _, ...fields } = push as { type: string };
      expect(event).toEqual({
        type,
        detail: { version: 1, acceptedAt: now, audience, ...fields, frames: expect.anything() },
      });
      const { frames: received } = event.detail as { frames: Record<string, string> };
      expect(received.plain).toBe(plain);
      expect(JSON.parse(received['roomcast.v1'] as string)).toEqual(push);
    },
  );

  it('have the type of their change', () => {
    expect(cases.map(([{ type }]) => type)).toEqual(types);
  });

  it('address broadcasts to all connections', () => {
    const event = createBroadcastSent({ messageId: 'm', text: 'hello', ts: now });
    expectToMatchSchema(event);
    const fields = { messageId: 'm', text: 'hello', ts };
    const { audience: everyone, frames, ...detail } = event.detail;
    expect(event.type).toBe('BroadcastSent');
    expect(detail).toEqual({ version: 1, acceptedAt: now, ...fields });
    expect(everyone).toEqual(Array.from({ length: 16 }, (_, shard) => `@everyone#${shard}`));
    expect(frames.plain).toBe('hello');
    expect(JSON.parse(frames['roomcast.v1'])).toEqual({ type: 'broadcast', ...fields });
  });

  it.each(['message-sent', 'member-joined', 'broadcast-sent', 'connection-gone'])(
    'match the sample %s.json',
    (name) => {
      const sample = JSON.parse(readFileSync(join(root, 'events', `${name}.json`), 'utf8'));
      expectToMatchSchema({ type: sample['detail-type'], detail: sample.detail });
    },
  );

  it('are all documented', () => {
    const page = readFileSync(join(root, 'docs/events.md'), 'utf8');
    const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([...Object.keys(events), 'User']);
    const described = [...types, 'BroadcastSent', 'MessageMissed', 'ConnectionGone'];
    expect(described.sort()).toEqual(Object.keys(events).sort());
  });
});
