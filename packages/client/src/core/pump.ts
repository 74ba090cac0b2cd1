import { isAsking, linkOf, request } from './calls';
import { emit, reject, timer } from './effects';
import { promote, retire } from './links';
import { local } from './problems';
import { PONG_TIMEOUT_MS, REPEATABLE_MS, REPLY_TIMEOUT_MS } from './times';
import type { Call, Core, Link } from './types';

/**
 * Brings things on as far as they may go: joins rooms on each connection, sends what may be sent, and lets a new
 * connection take the old one's place. Runs after every event.
 */
export function pump(core: Core): void {
  for (const link of [core.link, core.next]) if (link?.open) enterRooms(core, link);
  const busy = new Set<string | undefined>();
  for (const call of core.calls.values()) {
    const { action, fields } = call;
    if (isExpired(core, call)) {
      reject(core, call, local('expired'));
      continue;
    }
    // One send in flight per room: that keeps a sender's own order.
    if (action === 'sendmessage' && busy.has(fields.room)) continue;
    if (action === 'sendmessage') busy.add(fields.room);
    const link = call.bound === undefined ? core.link : linkOf(core, call.bound);
    if (link?.open && call.sentOn === undefined && !call.waiting && mayGo(core, call, link)) {
      transmit(core, call, link);
    }
  }
  const { next, old } = core;
  if (next?.open && [...core.rooms.values()].every(({ joined }) => joined.has(next.socket))) {
    promote(core);
    pump(core); // what waited for the new connection
  }
  if (old?.spent && ![...core.calls.values()].some(({ sentOn }) => sentOn === old.socket)) retire(core, old);
}

function enterRooms(core: Core, { socket }: Link): void {
  for (const { room, joined, username, epoch, last } of core.rooms.values()) {
    if (joined.has(socket) || isAsking(core, 'joinRoom', socket, room)) continue;
    // Frames sent one after the other are served side by side: a join must not overtake a leave.
    if (isAsking(core, 'leaveRoom', socket, room)) continue;
    const resume = epoch === undefined ? undefined : { epoch, lastSeq: last };
    request(core, 'joinRoom', { room, username: username ?? core.username, resume }, { bound: socket });
  }
}

function mayGo(core: Core, { action, fields: { room } }: Call, { socket }: Link): boolean {
  if (action === 'leaveRoom') return !isAsking(core, 'joinRoom', socket, room);
  if (action !== 'sendmessage' && action !== 'history' && action !== 'members') return true;
  return core.rooms.get(room as string)?.joined.has(socket) === true;
}

/** A message that may be stored already, and would be stored again now. */
function isExpired(core: Core, { tries, at, sentOn }: Call): boolean {
  return tries > 0 && at !== undefined && sentOn === undefined && core.now - at > REPEATABLE_MS;
}

function transmit(core: Core, call: Call, link: Link): void {
  const { id, action, fields } = call;
  call.sentOn = link.socket;
  call.tries += 1;
  emit(core, {
    type: 'transmit',
    socket: link.socket,
    text: JSON.stringify({ action, id: `${id}.${call.tries}`, ...fields }),
  });
  timer(core, `call:${id}`, action === 'ping' ? PONG_TIMEOUT_MS : REPLY_TIMEOUT_MS);
}
