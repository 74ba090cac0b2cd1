import { isAsking, request } from './calls';
import { cancel, emit, timer } from './effects';
import { FIRST_BEAT_MS, GAP_MS, LATER_MS, SOON_MS } from './times';
import type { Call, Core, Entry, HistoryReply, RoomState } from './types';

/** Applies what is next, drops what was applied before, holds the rest. Kinds that are not known count as well. */
export function take(core: Core, room: RoomState, entries: readonly Entry[]): void {
  for (const entry of entries) if (entry.seq > room.last) room.held.set(entry.seq, entry);
  for (let entry = room.held.get(room.last + 1); entry; entry = room.held.get(room.last + 1)) {
    room.held.delete(entry.seq);
    room.last = entry.seq;
    emit(core, { type: 'entry', room: room.room, entry });
  }
  watch(core, room);
}

/** A gap is held for a moment: what is missing is probably on its way. */
export function watch(core: Core, room: RoomState): void {
  const key = `gap:${room.room}`;
  const behind = room.held.size > 0 || room.last < room.goal;
  if (behind === room.gapTimer) return;
  if (behind) timer(core, key, GAP_MS);
  else cancel(core, key);
  room.gapTimer = behind;
}

/** The moment is over. */
export function gapDue(core: Core, room: RoomState): void {
  room.gapTimer = false;
  core.beatMs = FIRST_BEAT_MS;
  askSoon(core);
  fill(core, room);
}

/** Heads are asked for soon and once more later, as the index by which pushes find one lags. */
export function askSoon(core: Core): void {
  timer(core, 'soon', SOON_MS);
  timer(core, 'later', LATER_MS);
}

/** Asks for what is missing. Without a connection that is in the room, joining again will bring it. */
export function fill(core: Core, room: RoomState): void {
  const bound = core.link?.socket;
  if (bound === undefined || !room.joined.has(bound)) return;
  if (isAsking(core, 'history', bound, room.room)) return;
  const goal = Math.max(room.goal, ...room.held.keys());
  request(core, 'history', { room: room.room, after: room.last }, { bound, goal });
}

/** A page of what is missing. What neither it nor a push holds does not exist any more: entries expire. */
export function filled(core: Core, room: RoomState, { goal = 0 }: Call, page: HistoryReply): void {
  if (page.epoch !== room.epoch) {
    room.joined.clear(); // another log: joining again tells how it begins
    return;
  }
  const [first] = page.messages;
  if (first && first.seq > room.last + 1) skip(core, room, first.seq - 1);
  take(core, room, page.messages);
  if (!page.more && room.last < goal) skip(core, room, Math.min(goal, ...beforeHeld(room)));
  take(core, room, []);
  if (page.more) fill(core, room);
}

function beforeHeld(room: RoomState): number[] {
  return [...room.held.keys()].map((seq) => seq - 1);
}

/** Goes on after `from`, and says that what is left out cannot be had. */
export function skip(core: Core, room: RoomState, from: number): void {
  const { last: lastSeq, epoch = '' } = room;
  room.last = from;
  for (const seq of room.held.keys()) if (seq <= from) room.held.delete(seq);
  emit(core, { type: 'unrecovered', room: room.room, epoch, lastSeq, from });
}
