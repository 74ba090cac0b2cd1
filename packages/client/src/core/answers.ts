import type { Reply } from '../frames';
import { linkOf, ping } from './calls';
import { backoff, emit, reject, resolve, timer } from './effects';
import { drop } from './links';
import { filled, watch } from './order';
import { joined, leaveRoom, wantRoom } from './rooms';
import { LAST_BEAT_MS, RETRY_MS } from './times';
import type { Call, Core, Link, PongReply, Problem } from './types';

/** A call's time is up: to be tried again, or for its answer. What was lost is sent again. */
export function due(core: Core, call: Call): void {
  const link = linkOf(core, call.sentOn);
  call.sentOn = undefined;
  if (call.waiting) call.waiting = false;
  else if (call.action === 'ping') drop(core, link);
  else if (link !== core.old) ping(core, link);
}

/** An answer, by the id of a try: that of its call and the number of the try. */
export function answered(core: Core, id: string, reply: Reply, link: Link): void {
  const [of = '', attempt] = id.split('.');
  const call = core.calls.get(of);
  if (!call) return;
  if (reply.type !== 'error') {
    core.attempt = 0;
    granted(core, call, reply, link);
  } else if (call.dropped) {
    resolve(core, call, undefined);
  } else if (call.sentOn === link.socket && Number(attempt) === call.tries) {
    refused(core, call, reply.problem, link); // an earlier try's refusal says nothing about this one
  }
}

function granted(core: Core, call: Call, reply: Exclude<Reply, { type: 'error' }>, link: Link): void {
  const room = core.rooms.get(call.fields.room as string);
  if (reply.type === 'created') {
    joined(core, wantRoom(core, reply.room, call.fields.username), reply, link, call);
  }
  resolve(core, call, reply);
  if (call.dropped) return;
  if (reply.type === 'pong') ponged(core, call, reply, link);
  else if (reply.type === 'joined' && room) joined(core, room, reply, link, call);
  else if (reply.type === 'history' && call.bound && room) filled(core, room, call, reply);
}

/** The server refused a call. Temporary problems are tried again, for others the app is told. */
function refused(core: Core, call: Call, problem: Problem, link: Link): void {
  const { action, fields } = call;
  const room = core.rooms.get(fields.room as string);
  const unknown = problem.type.endsWith(':unknown-room');
  // The server has forgotten that one is in the room: that is said again, and then this.
  const forgotten = unknown && action !== 'joinRoom' && room;
  if (forgotten) forgotten.joined.delete(link.socket);
  if (problem.type.endsWith(':unauthenticated')) drop(core, link);
  else if (problem.temporary || forgotten) {
    call.sentOn = undefined;
    call.waiting = true;
    timer(core, `call:${call.id}`, (problem.retryAfterMs ?? RETRY_MS) + backoff(core, call.tries - 1));
  } else if (action === 'leaveRoom' && unknown) resolve(core, call, undefined);
  else if (action === 'joinRoom' && room) leaveRoom(core, room, problem);
  else reject(core, call, problem);
}

/** The heads of the rooms: by them a lost last message is noticed, and a room that the server has forgotten. */
function ponged(core: Core, { places = new Map(), beat }: Call, pong: PongReply, { socket }: Link): void {
  let missed = false;
  for (const [name, place] of places) {
    const room = core.rooms.get(name);
    const head = pong.rooms[name];
    if (!room?.joined.has(socket)) continue;
    if (head === undefined || head < place) {
      room.joined.delete(socket);
      continue;
    }
    room.goal = Math.max(room.goal, head);
    missed ||= room.goal > room.last;
    watch(core, room);
  }
  if (beat && !missed) core.beatMs = Math.min(LAST_BEAT_MS, core.beatMs * 2);
  timer(core, 'beat', core.beatMs);
  emit(core, { type: 'pong', pong });
}
