import { randomUUID } from 'node:crypto';
import type { Connection } from '../../../chat/types';
import { TEXT } from '../fixtures';
import { createFrame, MEMBERS, prepareRoom, repeat } from './events';
import type { Scenario } from './scenario';

const HISTORY = 50;

/** Scenarios for frames that send, change or read messages. */
export const messageScenarios: readonly Scenario[] = [
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
        createFrame('change-message', users[0] as Connection, { ...fields, seq: index + 1 }),
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
    name: 'ping',
    handler: 'ping',
    proof: '"type":"pong"',
    prepare: (fixtures, count) => prepareRoom(fixtures, count, 'ping', () => ({})),
  },
];
