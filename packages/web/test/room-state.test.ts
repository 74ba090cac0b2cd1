import type { Entry, Outgoing, ProblemError } from '@roomcast/client';
import * as room from '../src/chat/room-state';
import { rowsOf } from '../src/chat/rows';

const ada = { userId: 'ada', username: 'Ada' };
const bob = { userId: 'bob', username: 'Bob' };
const NOON = Date.parse('2026-01-25T12:00:00.000Z');

const EMPTY: room.RoomState = {
  room: '483920117',
  you: ada,
  items: [],
  pending: [],
  older: 'none',
  oldestSeq: 1,
  memberCount: 1,
  members: [ada],
  unread: 0,
  spoken: [],
};

const entry = (seq: number, from = bob, minutes = seq, clientMsgId?: string): Entry => ({
  seq,
  kind: 'message',
  messageId: `m${seq}`,
  ...(clientMsgId === undefined ? {} : { clientMsgId }),
  from,
  text: `text ${seq}`,
  ts: new Date(NOON + minutes * 60_000).toISOString(),
});
const outgoing = (clientMsgId: string, status: Outgoing['status']) =>
  ({ clientMsgId, text: 'mine', status, ack: { seq: 7 }, error: {} as ProblemError }) as Outgoing;
const kinds = (state: room.RoomState) => rowsOf(state).map(({ kind }) => kind);

describe('a message of one\u2019s own', () => {
  it('is one row, by one key, from being sent to standing in the log', () => {
    const sending = room.sent(EMPTY, outgoing('c1', 'sending'), NOON);
    const sent = room.sent(sending, outgoing('c1', 'sent'), NOON + 1);
    const heard = room.heard(sent, entry(1, ada, 0, 'c1'), true);
    for (const state of [sending, sent, heard]) {
      expect(rowsOf(state).filter(({ kind }) => kind === 'message')).toMatchObject([
        { key: 'c1', isOwn: true },
      ]);
    }
    expect(heard.pending).toEqual([]);
    expect(heard.spoken).toEqual([]);
  });

  it('stays one if its acknowledgement comes after it', () => {
    const heard = room.heard(room.sent(EMPTY, outgoing('c1', 'sending'), NOON), entry(1, ada, 0, 'c1'), true);
    expect(room.sent(heard, outgoing('c1', 'sent'), NOON)).toBe(heard);
  });

  it('stands behind what came before it was sent, and can be discarded when it failed', () => {
    const failed = room.heard(room.sent(EMPTY, outgoing('c1', 'failed'), NOON), entry(1), true);
    expect(kinds(failed)).toEqual(['day', 'message', 'message']);
    expect(rowsOf(failed).at(-1)).toMatchObject({ key: 'c1', pending: { status: 'failed' } });
    expect(room.discarded(failed, 'c1').pending).toEqual([]);
  });

  it('that was acknowledged before a gap is kept', () => {
    const state = room.interrupted(room.sent(EMPTY, outgoing('c1', 'sent'), NOON), NOON);
    expect(kinds(state)).toEqual(['day', 'message', 'gap']);
    expect(state.pending).toEqual([]);
  });
});

describe('what others say', () => {
  it('is unread while nobody looks, and the first of it stays marked', () => {
    const seen = room.heard(EMPTY, entry(1), true);
    const unread = room.heard(room.heard(seen, entry(2), false), entry(3), false);
    expect([unread.unread, unread.firstUnread]).toEqual([2, 'm2']);
    expect(kinds(unread)).toEqual(['day', 'message', 'new', 'message', 'message']);
    const read = room.seen(unread);
    expect([read.unread, read.firstUnread]).toEqual([0, 'm2']);
    expect(room.heard(read, entry(4), false)).toMatchObject({ unread: 1, firstUnread: 'm4' });
    expect(room.sent(read, outgoing('c1', 'sending'), NOON).firstUnread).toBeUndefined();
  });

  it('since the last visit is marked, but not one\u2019s own', () => {
    const state = room.prepended(EMPTY, [entry(1), entry(2, ada, 2, 'c1'), entry(3), entry(4)], false);
    expect(room.markedSince(state, 1)).toMatchObject({ unread: 2, firstUnread: 'm3' });
    expect(room.markedSince(state, 4)).toBe(state);
  });

  it('makes groups, which time, another author and a line between them end', () => {
    const entries = [entry(1, bob, 0), entry(2, bob, 1), entry(3, bob, 9), entry(4, ada, 9)];
    const state = entries.reduce((before, next) => room.heard(before, next, true), EMPTY);
    const groups = rowsOf(state).flatMap((row) =>
      row.kind === 'message' ? [[row.startsGroup, row.endsGroup]] : [],
    );
    expect(groups).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it('is spoken once, and never when it comes from history', () => {
    const history = room.prepended(EMPTY, [entry(1), entry(2)], true);
    expect(history.spoken).toEqual([]);
    const live = room.heard(history, entry(3), true);
    expect(live.spoken.map(({ text }) => text)).toEqual(['Bob: text 3']);
    expect(room.prepended(live, [entry(0)], false).spoken).toBe(live.spoken);
  });
});

describe('history', () => {
  it('is put before, without what is known or what is no message', () => {
    const live = room.heard(EMPTY, entry(5), true);
    const gone: Entry = { ...entry(3), kind: 'deleted' };
    const state = room.prepended(live, [gone, entry(4), entry(5)], true);
    expect(state.items.map(({ key }) => key)).toEqual(['m4', 'm5']);
    expect([state.oldestSeq, state.older]).toEqual([3, 'some']);
  });

  it('ends where there is no more', () => {
    expect(room.prepended({ ...EMPTY, oldestSeq: 9 }, [], false)).toMatchObject({
      oldestSeq: 9,
      older: 'none',
    });
  });
});

describe('who comes and goes', () => {
  const ts = (second: number) => new Date(NOON + second * 1000).toISOString();

  it('changes the list, and makes one line of several', () => {
    const cy = { userId: 'cy', username: 'Cy' };
    let state = room.moved(EMPTY, bob, true, ts(1));
    state = room.moved(state, cy, true, ts(2));
    state = room.moved(state, bob, false, ts(3));
    expect(state.members).toEqual([ada, cy]);
    expect(state.items).toMatchObject([
      {
        kind: 'presence',
        changes: [
          { user: cy, isHere: true },
          { user: bob, isHere: false },
        ],
      },
    ]);
    expect(state.spoken.map(({ text }) => text)).toEqual(['Bob joined', 'Cy joined', 'Bob left']);
  });

  it('does not name oneself', () => {
    expect(room.moved(EMPTY, ada, true, ts(1)).items).toEqual([]);
  });

  it('is listed once, with oneself even where the list does not have it yet', () => {
    const member = (user: typeof bob) => ({ ...user, joinedAt: ts(0) });
    const first = room.met(EMPTY, [member(bob)], true);
    expect(first.members.map(({ userId }) => userId)).toEqual(['ada', 'bob']);
    expect(room.met(first, [member(bob), member(ada)], false).members).toHaveLength(2);
  });
});
