import { isAsking, request } from './calls';
import { cancel, emit, reject } from './effects';
import { askSoon, fill, skip, take } from './order';
import { local } from './problems';
import type {
  Call,
  Core,
  CreatedReply,
  JoinedReply,
  Link,
  Place,
  Problem,
  RoomPush,
  RoomState,
} from './types';

/** Wants to be in a room. */
export function wantRoom(core: Core, room: string, username?: string, resume?: Place): RoomState {
  const known = core.rooms.get(room);
  if (known) return known;
  const last = resume?.lastSeq ?? 0;
  const state: RoomState = {
    room,
    username,
    epoch: resume?.epoch,
    last,
    goal: last,
    held: new Map(),
    early: [],
    joined: new Set(),
    gapTimer: false,
    countTs: '',
    tickets: [],
  };
  core.rooms.set(room, state);
  return state;
}

/** The server says that one is in the room, and what was missed if one has returned. */
export function joined(
  core: Core,
  room: RoomState,
  reply: JoinedReply | CreatedReply,
  link: Link,
  call: Call,
): void {
  const { epoch, headSeq } = reply;
  room.joined.add(link.socket);
  if (!room.username) core.username ??= reply.you.username; // the server's choice is kept from then on
  room.username = reply.you.username;
  if (room.epoch === undefined) {
    room.epoch = epoch;
    room.last = room.goal = headSeq;
  } else if (!reply.recovered && !outrun(room, reply, call)) {
    if (room.epoch !== epoch) room.held.clear();
    room.epoch = epoch;
    room.goal = headSeq;
    skip(core, room, headSeq);
  }
  emit(core, { type: 'joined', room: room.room, from: room.last, reply });
  room.goal = Math.max(room.goal, headSeq);
  take(core, room, reply.messages);
  for (const push of room.early.splice(0)) {
    if (push.type !== 'message' || push.epoch === epoch) pushed(core, room, push);
  }
  for (const ticket of room.tickets.splice(0)) emit(core, { type: 'resolve', ticket, value: room.room });
  if (room.last < headSeq) fill(core, room);
  askSoon(core);
}

/** Whether the other connection has brought everything meanwhile that this answer cannot recover. */
function outrun(
  room: RoomState,
  { epoch, headSeq }: JoinedReply | CreatedReply,
  { fields: { resume } }: Call,
): boolean {
  return epoch === room.epoch && room.last >= headSeq && headSeq >= (resume?.lastSeq ?? 0);
}

/** A push for a room one is in. */
export function pushed(core: Core, room: RoomState, push: RoomPush): void {
  if (room.joined.size === 0) {
    room.early.push(push);
  } else if (push.type !== 'message') {
    if (isRepeated(core, JSON.stringify(push))) return;
    const current = push.ts >= room.countTs;
    if (current) room.countTs = push.ts;
    emit(core, { type: 'member', room: room.room, push, current });
  } else if (push.epoch === room.epoch) {
    take(core, room, [push]);
  } else {
    room.joined.clear(); // another log: joining again tells how it begins
    room.early.push(push);
  }
}

/** Whether a push that has no place in an order has come before. */
export function isRepeated(core: Core, mark: string): boolean {
  if (core.seen.includes(mark)) return true;
  core.seen.push(mark);
  if (core.seen.length > 100) core.seen.shift();
  return false;
}

/** One is out of a room: by one's own wish, or because the server does not let one in. */
export function leaveRoom(core: Core, room: RoomState, problem?: Problem): void {
  core.rooms.delete(room.room);
  cancel(core, `gap:${room.room}`);
  const why = problem ?? local('left');
  for (const call of core.calls.values()) {
    if (call.fields.room !== room.room || call.action === 'leaveRoom') continue;
    if (call.action === 'joinRoom' && call.sentOn !== undefined && !problem) call.dropped = true;
    else reject(core, call, why);
  }
  for (const ticket of room.tickets) emit(core, { type: 'reject', ticket, problem: why });
  emit(core, { type: 'left', room: room.room, problem });
}

/** Leaves a room on each connection that is in it, or is about to be. */
export function leave(core: Core, name: string, ticket: number): void {
  const room = core.rooms.get(name);
  if (room) leaveRoom(core, room);
  let waiting: number | undefined = ticket;
  for (const link of [core.link, core.next]) {
    if (!room || !link?.open) continue;
    if (!room.joined.has(link.socket) && !isAsking(core, 'joinRoom', link.socket, name)) continue;
    request(core, 'leaveRoom', { room: name }, { bound: link.socket, ticket: waiting });
    waiting = undefined;
  }
  if (waiting !== undefined) emit(core, { type: 'resolve', ticket, value: undefined });
}
