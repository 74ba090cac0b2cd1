import { linkOf, links } from './calls';
import { backoff, cancel, emit, enter, resolve, timer } from './effects';
import {
  FIRST_BEAT_MS,
  LINGER_MS,
  OPEN_TIMEOUT_MS,
  ROTATE_MS,
  ROTATE_RETRY_MS,
  ROTATE_SPREAD_MS,
} from './times';
import type { Core, Link } from './types';

/** Begins to connect, now. */
export function connect(core: Core): void {
  cancel(core, 'backoff');
  enter(core, 'connecting');
  core.link = newLink(core);
}

/** Begins to connect anew while the connection in use goes on: it is about to reach the age at which it is cut. */
export function rotate(core: Core): void {
  if (core.link?.open) core.next ??= newLink(core);
}

function newLink(core: Core): Link {
  const socket = ++core.count;
  emit(core, { type: 'open', socket });
  timer(core, `open:${socket}`, OPEN_TIMEOUT_MS);
  return { socket, open: false };
}

export function opened(core: Core, socket: number): void {
  const link = linkOf(core, socket);
  if (!link) return;
  link.open = true;
  cancel(core, `open:${socket}`);
  if (link === core.link) takeIntoUse(core);
}

function takeIntoUse(core: Core): void {
  core.beatMs = FIRST_BEAT_MS;
  timer(core, 'beat', core.beatMs);
  timer(core, 'rotate', ROTATE_MS + core.random() * ROTATE_SPREAD_MS);
  enter(core, 'online');
}

/** The new connection is in every room: it takes the place of the one in use, which lingers. */
export function promote(core: Core): void {
  if (core.old) retire(core, core.old);
  core.old = core.link;
  core.link = core.next;
  core.next = undefined;
  takeIntoUse(core);
  timer(core, 'linger', LINGER_MS);
}

export function retire(core: Core, old: Link): void {
  core.old = undefined;
  forget(core, old);
}

/** A connection is lost, or of no use any more. What was under way on it goes to the next. */
export function drop(core: Core, link: Link | undefined): void {
  if (!link) return;
  forget(core, link);
  if (link === core.old) core.old = undefined;
  if (link === core.next) {
    core.next = undefined;
    timer(core, 'rotate', ROTATE_RETRY_MS * (0.5 + core.random()));
  }
  if (link !== core.link) return;
  core.link = core.next;
  core.next = undefined;
  if (!core.link) {
    enter(core, 'waiting');
    timer(core, 'backoff', backoff(core, core.attempt));
    core.attempt += 1;
  } else if (core.link.open) takeIntoUse(core);
  else enter(core, 'connecting');
}

function forget(core: Core, { socket }: Link): void {
  emit(core, { type: 'shut', socket });
  cancel(core, `open:${socket}`);
  for (const room of core.rooms.values()) room.joined.delete(socket);
  for (const call of core.calls.values()) {
    // What is bound to the connection has ended with it; one has also left then.
    if (call.bound === socket) resolve(core, call, undefined);
    else if (call.sentOn === socket) {
      call.sentOn = undefined;
      cancel(core, `call:${call.id}`);
    }
  }
}

export function lost(core: Core, socket: number): void {
  drop(core, linkOf(core, socket));
}

export function shutAll(core: Core): void {
  for (const link of links(core)) forget(core, link);
  enter(core, 'closed');
}
