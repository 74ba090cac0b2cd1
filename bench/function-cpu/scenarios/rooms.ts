import type { Connection } from '../../../chat/types';
import { addLoneMember, createFrame, MEMBERS, prepareRoom, repeat } from './events';
import type { Scenario } from './scenario';

const TYPING_MEMBERS = 10;
/** The number of messages that a client missed before it rejoins. */
const MISSED = 10;

/** Scenarios for frames that concern rooms and their members. */
export const roomScenarios: readonly Scenario[] = [
  {
    name: 'createRoom',
    handler: 'create-room',
    proof: '"type":"created"',
    prepare: (fixtures, count) =>
      repeat(count, async () => createFrame('create-room', await fixtures.addUser(), { username: 'Ada' })),
  },
  {
    name: `joinRoom, ${MISSED} missed messages`,
    handler: 'join-room',
    proof: '"type":"joined"',
    prepare: (fixtures, count) =>
      repeat(count, async () => {
        const { room, epoch } = await fixtures.addRoom(MISSED);
        const resume = { epoch, lastSeq: 0 };
        return createFrame('join-room', await fixtures.addUser(), { room, username: 'Ada', resume });
      }),
  },
  {
    name: 'leaveRoom',
    handler: 'leave-room',
    proof: '"type":"left"',
    prepare: (fixtures, count) =>
      repeat(count, async () => {
        const { room, user } = await addLoneMember(fixtures);
        return createFrame('leave-room', user, { room });
      }),
  },
  {
    name: `members, ${MEMBERS} members`,
    handler: 'members',
    proof: '"type":"members"',
    prepare: (fixtures, count) => prepareRoom(fixtures, count, 'members', () => ({})),
  },
  {
    name: `typing, ${TYPING_MEMBERS} members`,
    handler: 'indicators',
    proof: '"type":"typing"',
    proofs: TYPING_MEMBERS - 1,
    share: 0.4, // each invocation needs a new room, because a user can announce typing in a room only every five seconds
    prepare: (fixtures, count) =>
      repeat(count, async () => {
        const { room, users } = await fixtures.addRoomWithMembers(TYPING_MEMBERS);
        return createFrame('indicators', users[0] as Connection, { room: room.room });
      }),
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
];
