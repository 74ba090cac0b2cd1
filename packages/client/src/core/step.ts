import type { Push, Reply } from '../frames';
import { answered, due } from './answers';
import { linkOf, ping, request } from './calls';
import { emit, reject, timer } from './effects';
import { connect, lost, opened, rotate, shutAll } from './links';
import { gapDue } from './order';
import { local } from './problems';
import { pump } from './pump';
import { isRepeated, leave, leaveRoom, pushed, wantRoom } from './rooms';
import { FIRST_BEAT_MS } from './times';
import type { Core, Effect, Event } from './types';

export function newCore(random: () => number): Core {
  return {
    phase: 'waiting',
    now: 0,
    random,
    effects: [],
    attempt: 0,
    beatMs: FIRST_BEAT_MS,
    rooms: new Map(),
    calls: new Map(),
    seen: [],
    count: 0,
  };
}

/**
 * The whole client but for its sockets and timers: takes an event, changes the core and returns what is to be done,
 * in order. It reads no clock and waits for nothing, so the same events lead to the same effects.
 *
 * @param now epoch milliseconds
 */
export function step(core: Core, event: Event, now: number): Effect[] {
  core.now = now;
  core.effects = [];
  if (core.phase !== 'closed') {
    handle(core, event);
    pump(core);
  } else if ('ticket' in event) {
    emit(core, { type: 'reject', ticket: event.ticket, problem: local('closed') });
  }
  return core.effects;
}

function handle(core: Core, event: Event): void {
  switch (event.type) {
    case 'start':
      core.username = event.username;
      connect(core);
      break;
    case 'opened':
      opened(core, event.socket);
      break;
    case 'closed':
      lost(core, event.socket);
      break;
    case 'frame':
      received(core, event.socket, event.frame);
      break;
    case 'timer':
      timerDue(core, event.key);
      break;
    case 'online':
      // The network may be another one than that of the connection.
      if (core.phase === 'waiting') connect(core);
      else ping(core, core.link);
      break;
    case 'close':
      close(core);
      break;
    default:
      wish(core, event);
  }
}

/** What the app wants. */
function wish(core: Core, event: Extract<Event, { ticket: number }>): void {
  const { ticket } = event;
  if (event.type === 'create') {
    const { name, username = core.username } = event;
    request(core, 'createRoom', { name, username }, { ticket });
  } else if (event.type === 'join') {
    const room = wantRoom(core, event.room, event.username, event.resume);
    if (room.joined.size > 0) emit(core, { type: 'resolve', ticket, value: room.room });
    else room.tickets.push(ticket);
  } else if (event.type === 'leave') {
    leave(core, event.room, ticket);
  } else {
    const { action, fields, at, kept } = event;
    const call = request(core, action, fields, { ticket, at, tries: kept ? 1 : 0 });
    if (!core.rooms.has(fields.room)) reject(core, call, local('not-joined'));
  }
}

function timerDue(core: Core, key: string): void {
  const [name, of = ''] = key.split(':');
  const room = core.rooms.get(of);
  const call = core.calls.get(of);
  if (name === 'backoff') connect(core);
  else if (name === 'open') lost(core, Number(of));
  else if (name === 'rotate') rotate(core);
  else if (name === 'linger' && core.old) core.old.spent = true;
  else if (name === 'soon' || name === 'later') ping(core, core.link);
  else if (name === 'gap' && room) gapDue(core, room);
  else if (name === 'call' && call) due(core, call);
  else if (name === 'beat') {
    timer(core, 'beat', core.beatMs);
    ping(core, core.link, true);
  }
}

/** A frame from a connection. What has a type that is not known, or belongs to nothing, is not for this client. */
function received(core: Core, socket: number, value: unknown): void {
  const link = linkOf(core, socket);
  const frame = value as ((Reply | Push) & { id?: string }) | null | undefined;
  if (!link || !frame) return;
  if (frame.id !== undefined) {
    answered(core, frame.id, frame as Reply, link);
  } else if (frame.type === 'error') {
    emit(core, { type: 'problem', problem: frame.problem });
  } else if (frame.type === 'broadcast') {
    if (!isRepeated(core, frame.messageId)) emit(core, { type: 'broadcast', push: frame });
  } else if (frame.type === 'message' || frame.type === 'memberJoined' || frame.type === 'memberLeft') {
    const room = core.rooms.get(frame.room);
    if (room) pushed(core, room, frame);
  }
}

function close(core: Core): void {
  for (const room of core.rooms.values()) leaveRoom(core, room, local('closed'));
  for (const call of core.calls.values()) reject(core, call, local('closed'));
  shutAll(core);
}
