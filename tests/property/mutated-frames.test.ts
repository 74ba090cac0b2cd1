import { refreshToken } from '../../chat/identity/extend-connection';
import { connect } from '../../chat/identity/open-connection';
import { announceTyping } from '../../chat/members/announce-typing';
import { joinRoom } from '../../chat/members/join';
import { leaveRoom } from '../../chat/members/leave';
import { members } from '../../chat/members/list-members';
import { markRead } from '../../chat/members/mark-read';
import { ping } from '../../chat/messages/answer-ping';
import { changeMessage } from '../../chat/messages/change';
import { react } from '../../chat/messages/react';
import { history } from '../../chat/messages/read-history';
import { sendMessage } from '../../chat/messages/send';
import { hashInviteCode } from '../../chat/moderation/create-invite';
import { isModerationAction, moderate } from '../../chat/moderation/moderation-actions';
import { toProblemError } from '../../chat/protocol/problems';
import { type Action, type Frame, parseFrame, requests } from '../../chat/protocol/requests';
import { createRoom } from '../../chat/rooms/new-room';
import { createRandom } from '../../packages/client/test/support/random';
import { createMemoryBackend } from '../../testbed/memory';
import { mutateFrame } from '../support/mutations';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const FRAMES = Number(process.env.FRAMES ?? 300);
/** The number of frames before the state is reset. An attacker who has left the room can reach little code. */
const FRAMES_PER_STATE = 100;
const TIMEOUT_MS = 120_000 + FRAMES * 10;
const ATTACKER = 'attacker';
const CLIENT_MSG_ID = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';

const DEVICE_KEYS = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) };

type Backend = ReturnType<typeof createMemoryBackend>;
type Operation = (deps: Backend['deps'], frame: Frame) => Promise<unknown>;

const operations: Record<Action, Operation> = {
  createRoom: (deps, frame) => createRoom(deps, ATTACKER, frame),
  joinRoom: (deps, frame) => joinRoom(deps, ATTACKER, frame),
  leaveRoom: (deps, frame) => leaveRoom(deps, ATTACKER, frame),
  sendmessage: (deps, frame) => sendMessage(deps, ATTACKER, frame),
  history: (deps, frame) => history(deps, ATTACKER, frame),
  members: (deps, frame) => members(deps, ATTACKER, frame),
  ping: (deps, frame) => ping(deps, ATTACKER, frame),
  deleteMessage: (deps, frame) => changeMessage(deps, 'deleteMessage', ATTACKER, frame),
  editMessage: (deps, frame) => changeMessage(deps, 'editMessage', ATTACKER, frame),
  invite: (deps, frame) => moderate(deps, 'invite', ATTACKER, frame),
  invites: (deps, frame) => moderate(deps, 'invites', ATTACKER, frame),
  revokeInvite: (deps, frame) => moderate(deps, 'revokeInvite', ATTACKER, frame),
  kick: (deps, frame) => moderate(deps, 'kick', ATTACKER, frame),
  ban: (deps, frame) => moderate(deps, 'ban', ATTACKER, frame),
  unban: (deps, frame) => moderate(deps, 'unban', ATTACKER, frame),
  setRole: (deps, frame) => moderate(deps, 'setRole', ATTACKER, frame),
  setRoom: (deps, frame) => moderate(deps, 'setRoom', ATTACKER, frame),
  block: (deps, frame) => moderate(deps, 'block', ATTACKER, frame),
  unblock: (deps, frame) => moderate(deps, 'unblock', ATTACKER, frame),
  refreshToken: (deps, frame) => refreshToken(deps, ATTACKER, frame),
  typing: (deps, frame) => announceTyping(deps, ATTACKER, frame),
  markRead: (deps, frame) => markRead(deps, ATTACKER, frame),
  react: (deps, frame) => react(deps, ATTACKER, frame),
  follow: (deps, frame) => moderate(deps, 'follow', ATTACKER, frame),
};

/**
 * Creates an open room that the attacker has joined, and an invite room and a direct room without the attacker. One user owns
 * all three rooms.
 */
async function createState() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = async (connectionId: string) => {
    const request = { connectionId, query: {}, subprotocols: ['roomcast.v1'], sourceIp: '192.0.2.1' };
    return (await connect(deps, request)).userId;
  };
  const [owner, victim, attacker] = [await open('owner'), await open('victim'), await open(ATTACKER)];
  const shared = await createRoom(deps, 'owner', {});
  const closed = await createRoom(deps, 'owner', { kind: 'invite' });
  const direct = await createRoom(deps, 'owner', { kind: 'direct', with: victim });
  for (const connectionId of ['victim', ATTACKER]) await joinRoom(deps, connectionId, { room: shared.room });
  for (const { room } of [shared, closed, direct])
    await sendMessage(deps, 'owner', { room, text: `secret of ${room}` });
  await sendMessage(deps, ATTACKER, { room: shared.room, text: 'mine', clientMsgId: CLIENT_MSG_ID });
  return { memory, clock, deps, ids: { owner, victim, attacker }, shared, closed, direct };
}

type State = Awaited<ReturnType<typeof createState>>;

function createFrames({ shared, ids }: State): Record<Action, Record<string, unknown>> {
  const { room, epoch } = shared;
  return {
    createRoom: { name: 'Room', username: 'Eve', kind: 'direct', with: ids.owner },
    joinRoom: { room, username: 'Eve', resume: { epoch, lastSeq: 0 }, invite: 'x'.repeat(22) },
    leaveRoom: { room },
    sendmessage: { room, text: 'hello', clientMsgId: CLIENT_MSG_ID },
    history: { room, after: 0, limit: 5 },
    members: { room, cursor: 'WzAsbnVsbF0' },
    ping: { id: '1' },
    deleteMessage: { room, seq: 2 },
    editMessage: { room, seq: 2, text: 'hello' },
    invite: { room, uses: 1, expiresInSeconds: 60, role: 'reader' },
    invites: { room },
    revokeInvite: { room, inviteId: hashInviteCode('code') },
    kick: { room, userId: ids.victim },
    ban: { room, userId: ids.victim, seconds: 60 },
    unban: { room, userId: ids.victim },
    setRole: { room, userId: ids.attacker, role: 'reader' },
    setRoom: { room, name: 'Room', topic: 'Topic', slowModeSeconds: 5 },
    block: { room },
    unblock: { room },
    refreshToken: { token: 'x.y.z' },
    typing: { room },
    markRead: { room, seq: 2 },
    react: { room, seq: 2, emoji: '👍' },
    follow: { room, on: true, device: { endpoint: 'https://push.example/1', keys: DEVICE_KEYS } },
  };
}

function roomsOfAttacker({ memory }: State): Set<string> {
  return new Set(
    [...memory.rows.values()].flatMap((row) => (row.connectionId === ATTACKER ? [row.room] : [])),
  );
}

/** Returns the state that a frame from the attacker must never change, including the frames that other users received. */
function protectedState({ memory, closed, direct, ids }: State) {
  const isForeign = (room: string) => room === closed.room || room === direct.room;
  /**
   * Returns whether a frame announces the attacker's typing indicator or read position in a room that the attacker has joined.
   */
  const isOwnNotice = (frame: string) => {
    const { type, room, member, positions } = JSON.parse(frame);
    const users = type === 'typing' ? [member.userId] : type === 'read' ? Object.keys(positions) : [];
    return !isForeign(room) && users.length === 1 && users[0] === ids.attacker;
  };
  /** Removes reactions, because members may react to every message in their room. */
  const withoutReactions = ({ reactions, reactedAt, ...entry }: (typeof memory.entries)[number]) => entry;
  const entries = memory.entries.filter(({ room, from }) => isForeign(room) || from.userId !== ids.attacker);
  return JSON.stringify([
    entries.map((entry) => (isForeign(entry.room) ? entry : withoutReactions(entry))),
    [...memory.rows.values()].filter(
      ({ connectionId, room }) => connectionId !== ATTACKER || isForeign(room),
    ),
    [...memory.standings].filter(([key]) => key.startsWith(closed.room) || key.startsWith(direct.room)),
    [memory.rooms.get(closed.room), memory.rooms.get(direct.room), memory.closed],
    memory.posts.filter(({ frame }) => !isOwnNotice(frame)),
  ]);
}

describe('mutated frames', () => {
  it.each(Object.keys(requests) as Action[])(
    'handles mutated %s frames without internal errors or effects on other rooms',
    async (action) => {
      const random = createRandom(SEED);
      let accepted = 0;
      for (let count = 0; count < FRAMES; ) {
        const state = await createState();
        const { memory, clock, deps, ids, shared, closed, direct } = state;
        const values = [
          shared.room,
          closed.room,
          direct.room,
          ids.owner,
          ids.victim,
          'owner',
          1,
          2,
          3,
          'reader',
        ];
        const frame = createFrames(state)[action];
        const before = protectedState(state);
        for (let step = 0; step < FRAMES_PER_STATE && count < FRAMES; step += 1, count += 1) {
          clock.now += 3_000; // refills the budgets
          const rooms = roomsOfAttacker(state);
          memory.published.length = 0;
          const body = mutateFrame(frame, values, random);
          const context = `SEED=${SEED} frame ${count}: ${body.slice(0, 200)}`;
          const outcome = await run(deps, action, body);
          accepted += outcome.problem ? 0 : 1;
          if (outcome.problem === 'unavailable') throw new Error(context, { cause: outcome.cause });
          for (const room of roomsOfAttacker(state)) rooms.add(room);
          for (const { detail } of memory.published)
            if ('room' in detail && !rooms.has(detail.room))
              throw new Error(`Delivered to another room. ${context}`);
          for (const { room } of [closed, direct])
            if (outcome.reply.includes(`secret of ${room}`))
              throw new Error(`Revealed a message. ${context}`);
          const last = memory.entries.at(-1);
          if (last && last.from.userId !== ids.attacker && last.seq > 2)
            throw new Error(`Forged a sender. ${context}`);
        }
        expect({ SEED, state: protectedState(state) }).toEqual({ SEED, state: before });
      }
      // The test would prove nothing if all frames were rejected.
      const isRejected = isModerationAction(action) || action === 'refreshToken';
      if (!isRejected) expect(accepted).toBeGreaterThan(FRAMES / FRAMES_PER_STATE / 2);
    },
    TIMEOUT_MS,
  );
});

/** Processes the text of a frame like the handlers. */
async function run(deps: Backend['deps'], action: Action, body: string) {
  try {
    const reply = await operations[action](deps, parseFrame(body));
    return { reply: JSON.stringify(reply) ?? '', problem: undefined };
  } catch (error) {
    const { type, cause } = toProblemError(error);
    return { reply: '', problem: type, cause };
  }
}
