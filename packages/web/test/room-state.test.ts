import type { Entry, Outgoing, ProblemError } from '@roomcast/client';
import { type Item, toBroadcastItem } from '../src/chat/items';
import { addQuote, findUnloadedQuote } from '../src/chat/quotes';
import * as history from '../src/chat/room-history';
import * as room from '../src/chat/room-state';
import { buildRows, findEditable } from '../src/chat/rows';

const ada = { userId: 'ada', username: 'Ada' };
const bob = { userId: 'bob', username: 'Bob' };
const NOON = Date.parse('2026-01-25T12:00:00.000Z');

const EMPTY: room.RoomState = {
  room: '483920117',
  kind: 'open',
  you: ada,
  formerNames: [],
  role: 'member',
  items: [],
  hiddenBroadcasts: [],
  pending: [],
  olderStatus: 'none',
  oldestSeq: 1,
  newerStatus: 'none',
  newestSeq: 0,
  quotes: new Map(),
  memberCount: 1,
  members: [ada],
  positions: new Map(),
  bans: [],
  typing: [],
  unreadCount: 0,
  announcements: [],
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
const kinds = (state: room.RoomState) => buildRows(state).map(({ kind }) => kind);

describe('a banned user', () => {
  const ban = { userId: bob.userId };
  const changes = (state: room.RoomState) =>
    state.items.map((item) => item.kind === 'presence' && item.changes);

  it('is shown as banned, whether the ban or the departure arrives first', () => {
    const joined = { ...EMPTY, members: [ada, bob] };
    const leave = (state: room.RoomState) =>
      room.addPresence(state, bob, false, new Date(NOON).toISOString());
    const expected = [[{ user: bob, isPresent: false, isBanned: true }]];
    expect(changes(leave(room.addBan(joined, ban)))).toEqual(expected);
    expect(changes(room.addBan(leave(joined), ban))).toEqual(expected);
    expect(changes(leave(joined))).toEqual([[{ user: bob, isPresent: false }]]);
    expect(changes(room.addBan(leave(joined), { userId: 'carol' }))).toEqual(changes(leave(joined)));
  });
});

describe('a reply', () => {
  const reply = (seq: number, replyTo: number, from = bob): Entry => ({ ...entry(seq, from), replyTo });
  const quotesIn = (state: room.RoomState) =>
    buildRows(state).flatMap((row) => (row.kind === 'message' && row.replyTo ? [row.quote] : []));
  const receive = (...entries: Entry[]) =>
    entries.reduce((state, each) => room.addMessage(state, each, false), EMPTY);

  it('quotes the current text of the quoted message', () => {
    const state = receive(entry(1, ada), reply(2, 1));
    expect(quotesIn(state)).toMatchObject([{ seq: 1, text: 'text 1', from: ada }]);
    const edited = room.changeMessage(state, { ...entry(3), kind: 'edited', target: 1, text: 'new' });
    expect(quotesIn(edited)).toMatchObject([{ seq: 1, text: 'new' }]);
    const deleted = room.changeMessage(edited, { ...entry(4), kind: 'deleted', target: 1, text: '' });
    expect(quotesIn(deleted)).toMatchObject([{ seq: 1, text: '', isDeleted: true }]);
  });

  it('quotes a message that is not on the page once it is loaded, and follows its changes', () => {
    const state = receive(reply(8, 3), reply(9, 2));
    expect(quotesIn(state)).toEqual([undefined, undefined]);
    expect(findUnloadedQuote(state)).toBe(2);
    const loaded = addQuote(addQuote(state, 2, entry(2)), 3, undefined);
    expect(quotesIn(loaded)).toMatchObject(['missing', { seq: 2, text: 'text 2' }]);
    expect(findUnloadedQuote(loaded)).toBeUndefined();
    const deleted = room.changeMessage(loaded, { ...entry(10), kind: 'deleted', target: 2, text: '' });
    expect(quotesIn(deleted)).toMatchObject(['missing', { isDeleted: true, text: '' }]);
  });

  it('shows the quoted message as missing if the server returns another position or kind', () => {
    const state = receive(reply(9, 2));
    expect(quotesIn(addQuote(state, 2, entry(4)))).toEqual(['missing']);
    expect(quotesIn(addQuote(state, 2, { ...entry(2), kind: 'edited' }))).toEqual(['missing']);
  });

  it('counts as a mention of the author of the quoted message', () => {
    expect(receive(entry(1, ada), reply(2, 1))).toMatchObject({ unreadCount: 1, isMentioned: true });
    expect(receive(entry(1, bob), reply(2, 1)).isMentioned).toBe(false);
    expect(receive(reply(2, 1)).isMentioned).toBe(false);
  });

  it('quotes no message of the previous log after a gap', () => {
    expect(room.addGap(addQuote(receive(reply(9, 2)), 2, entry(2)), NOON).quotes.size).toBe(0);
  });
});

describe('read positions', () => {
  const receive = (...entries: Entry[]) =>
    entries.reduce((state, each) => room.addMessage(state, each, false), EMPTY);
  const seenBy = (state: room.RoomState) =>
    buildRows(state).flatMap((row) => (row.kind === 'message' ? [row.seenBy] : []));
  const carol = { userId: 'carol', username: 'Carol' };

  it('marks messages as read up to the position of another device', () => {
    const state = receive(entry(1), entry(2), entry(3));
    expect(room.readUpTo(state, 2)).toMatchObject({ unreadCount: 1, firstUnread: 'm3' });
    expect(room.readUpTo(state, 3)).toMatchObject({ unreadCount: 0 });
    expect(room.readUpTo(room.readUpTo(state, 2), 1)).toMatchObject({ unreadCount: 1, firstUnread: 'm3' });
  });

  it('shows who has read the last message of this user', () => {
    const state = { ...receive(entry(1, ada), entry(2, ada), entry(3)), members: [ada, bob, carol] };
    expect(seenBy(room.addPositions(state, { ada: 3, bob: 1 }))).toEqual([undefined, undefined, undefined]);
    const seen = room.addPositions(state, { ada: 3, bob: 2, carol: 3 });
    expect(seenBy(seen)).toEqual([undefined, 'Seen by Bob, Carol', undefined]);
    expect(seenBy({ ...seen, kind: 'direct' })[1]).toBe('Seen');
    expect(seenBy({ ...seen, members: [ada, bob] })[1]).toBe('Seen by 2');
    expect(seenBy(room.addMessage(seen, entry(4, ada), true))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('ignores a lower position', () => {
    const state = room.addPositions(EMPTY, { bob: 5 });
    expect(room.addPositions(state, { bob: 4 })).toBe(state);
    expect(room.addGap(state, NOON).positions.size).toBe(0);
  });

  it('finds the last message from another user', () => {
    expect(room.findLastOther(receive(entry(1), entry(2, ada)))).toMatchObject({ seq: 1 });
    expect(room.findLastOther(receive(entry(1, ada)))).toBeUndefined();
  });
});

describe('messages of this user', () => {
  it('keeps one row and one key from sending to the room log', () => {
    const sending = room.updatePending(EMPTY, outgoing('c1', 'sending'), NOON);
    const sent = room.updatePending(sending, outgoing('c1', 'sent'), NOON + 1);
    const pushed = room.addMessage(sent, entry(1, ada, 0, 'c1'), true);
    for (const state of [sending, sent, pushed]) {
      expect(buildRows(state).filter(({ kind }) => kind === 'message')).toMatchObject([
        { key: 'c1', isOwn: true },
      ]);
    }
    expect(pushed.pending).toEqual([]);
    expect(pushed.announcements).toEqual([]);
  });

  it('starts a group when the author has another name, and shows the previous name', () => {
    const support = { ...entry(2, { ...bob, username: 'Support' }), previousName: 'Bob' };
    const state = room.addMessage(room.addMessage(EMPTY, entry(1, bob), true), support, true);
    expect(buildRows(state).filter(({ kind }) => kind === 'message')).toMatchObject([
      { from: bob, startsGroup: true, endsGroup: true },
      { from: { username: 'Support' }, previousName: 'Bob', startsGroup: true },
    ]);
  });

  it('finds the last message to edit if it is in the room log and loaded', () => {
    let state = EMPTY;
    for (const [seq, author] of [ada, ada, bob].entries())
      state = room.addMessage(state, entry(seq + 1, author), true);
    expect(findEditable(EMPTY)).toBeUndefined();
    expect(findEditable(state)?.seq).toBe(2);
    const deleted = room.changeMessage(state, { ...entry(4), kind: 'deleted', target: 2 });
    expect(findEditable(deleted)?.seq).toBe(1);
    expect(findEditable(room.updatePending(state, outgoing('c1', 'sent'), NOON))).toBeUndefined();
    expect(findEditable({ ...state, newerStatus: 'available' })).toBeUndefined();
  });

  it('ignores an acknowledgement that arrives after the push', () => {
    const pushed = room.addMessage(
      room.updatePending(EMPTY, outgoing('c1', 'sending'), NOON),
      entry(1, ada, 0, 'c1'),
      true,
    );
    expect(room.updatePending(pushed, outgoing('c1', 'sent'), NOON)).toBe(pushed);
  });

  it('shows a failed message after the log until it is removed', () => {
    const failed = room.addMessage(room.updatePending(EMPTY, outgoing('c1', 'failed'), NOON), entry(1), true);
    expect(kinds(failed)).toEqual(['day', 'message', 'message']);
    expect(buildRows(failed).at(-1)).toMatchObject({ key: 'c1', pending: { status: 'failed' } });
    expect(room.removePending(failed, 'c1').pending).toEqual([]);
  });

  it('keeps an acknowledged message before a gap', () => {
    const state = room.addGap(room.updatePending(EMPTY, outgoing('c1', 'sent'), NOON), NOON);
    expect(kinds(state)).toEqual(['day', 'message', 'gap']);
    expect(state.pending).toEqual([]);
  });
});

describe('a missing room', () => {
  it('keeps its log, and shows unsent messages as failed', () => {
    const before = room.updatePending(
      room.addMessage(EMPTY, entry(1), true),
      outgoing('c1', 'sending'),
      NOON,
    );
    const error = { type: 'unknown-room' } as ProblemError;
    expect(room.markMissing(before, error)).toEqual({
      ...before,
      isMissing: true,
      pending: [{ clientMsgId: 'c1', text: 'mine', ts: NOON, status: 'failed', error }],
    });
  });
});

describe('messages from others', () => {
  it('counts unread messages and keeps the marker at the first one', () => {
    const watched = room.addMessage(EMPTY, entry(1), true);
    const unread = room.addMessage(room.addMessage(watched, entry(2), false), entry(3), false);
    expect([unread.unreadCount, unread.firstUnread]).toEqual([2, 'm2']);
    expect(kinds(unread)).toEqual(['day', 'message', 'unread-marker', 'message', 'message']);
    const read = room.clearUnread(unread);
    expect([read.unreadCount, read.firstUnread]).toEqual([0, 'm2']);
    expect(room.addMessage(read, entry(4), false)).toMatchObject({ unreadCount: 1, firstUnread: 'm4' });
    expect(room.updatePending(read, outgoing('c1', 'sending'), NOON).firstUnread).toBeUndefined();
  });

  it('marks messages since the last visit, except messages of this user', () => {
    const state = history.prependHistory(
      EMPTY,
      [entry(1), entry(2, ada, 2, 'c1'), entry(3), entry(4)],
      false,
    );
    expect(room.markUnreadSince(state, 1)).toMatchObject({ unreadCount: 2, firstUnread: 'm3' });
    expect(room.markUnreadSince(state, 4)).toBe(state);
  });

  it('groups messages until the author changes or five minutes pass', () => {
    const entries = [entry(1, bob, 0), entry(2, bob, 1), entry(3, bob, 9), entry(4, ada, 9)];
    const state = entries.reduce((before, next) => room.addMessage(before, next, true), EMPTY);
    const groups = buildRows(state).flatMap((row) =>
      row.kind === 'message' ? [[row.startsGroup, row.endsGroup]] : [],
    );
    expect(groups).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it('announces new messages once and never announces history', () => {
    const loaded = history.prependHistory(EMPTY, [entry(1), entry(2)], true);
    expect(loaded.announcements).toEqual([]);
    const live = room.addMessage(loaded, entry(3), true);
    expect(live.announcements.map(({ text }) => text)).toEqual(['Bob: text 3']);
    expect(history.prependHistory(live, [entry(0)], false).announcements).toBe(live.announcements);
  });
});

describe('history', () => {
  it('is prepended without duplicates or other kinds of entries', () => {
    const live = room.addMessage(EMPTY, entry(5), true);
    const deleted: Entry = { ...entry(3), kind: 'deleted' };
    const state = history.prependHistory(live, [deleted, entry(4), entry(5)], true);
    expect(state.items.map(({ key }) => key)).toEqual(['m4', 'm5']);
    expect([state.oldestSeq, state.olderStatus]).toEqual([3, 'available']);
  });

  it('contains the announcements of earlier visits at their times, each once', () => {
    const broadcast = (id: string, minutes: number) =>
      toBroadcastItem({ messageId: id, text: id, ts: entry(1, bob, minutes).ts });
    const start = {
      ...EMPTY,
      hiddenBroadcasts: ['b0', 'b2', 'b5', 'b9'].map((id) => broadcast(id, Number(id[1]) + 0.5)),
    };
    const keys = ({ items }: room.RoomState) => items.map(({ key }) => key);
    const latest = history.prependHistory(start, [entry(5), entry(6)], true);
    expect(keys(latest)).toEqual(['m5', 'b5', 'm6', 'b9']);
    const older = history.prependHistory(latest, [entry(2), entry(3)], true);
    expect(keys(older)).toEqual(['m2', 'b2', 'm3', 'm5', 'b5', 'm6', 'b9']);
    const first = history.prependHistory(older, [entry(1)], false);
    expect(keys(first)).toEqual(['b0', 'm1', 'm2', 'b2', 'm3', 'm5', 'b5', 'm6', 'b9']);
    expect(first.hiddenBroadcasts).toEqual([]);
    expect(keys(history.prependHistory(start, [], false))).toEqual(['b0', 'b2', 'b5', 'b9']);

    const push = { type: 'broadcast', messageId: 'b9', text: 'b9', ts: entry(1, bob, 9.5).ts } as const;
    expect(keys(history.prependHistory(room.addBroadcast(start, push, true), [entry(9)], true))).toEqual([
      'm9',
      'b9',
    ]);
  });

  it('ends when the server has no more messages', () => {
    expect(history.prependHistory({ ...EMPTY, oldestSeq: 9 }, [], false)).toMatchObject({
      oldestSeq: 9,
      olderStatus: 'none',
    });
  });
});

describe('a long log', () => {
  const entries = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
  const keys = ({ items }: room.RoomState) => items.map(({ key }) => key);

  it('drops its 50 oldest items when it has more than 300 items, and can load them again', () => {
    const full = history.prependHistory(EMPTY, entries(1, 300), false);
    expect(history.trimItems(full)).toBe(full);
    const trimmed = history.trimItems(room.addMessage(full, entry(301), true));
    expect(keys(trimmed)).toEqual(entries(51, 301).map(({ messageId }) => messageId));
    expect([trimmed.oldestSeq, trimmed.olderStatus]).toEqual([51, 'available']);
    expect(keys(history.prependHistory(trimmed, entries(41, 50), true)).slice(0, 12)).toEqual(
      entries(41, 52).map(({ messageId }) => messageId),
    );
  });

  it('restores removed announcements when the messages before them are loaded again', () => {
    const push = { type: 'broadcast', messageId: 'b', text: 'b', ts: entry(50, bob, 49.5).ts } as const;
    const before = room.addBroadcast(history.prependHistory(EMPTY, entries(1, 49), false), push, true);
    const full = entries(50, 300).reduce((state, next) => room.addMessage(state, next, true), before);
    const trimmed = history.trimItems(full);
    expect(keys(trimmed)[0]).toBe('m50');
    const extended = history.prependHistory(trimmed, entries(48, 49), true);
    expect(keys(extended).slice(0, 4)).toEqual(['m48', 'm49', 'b', 'm50']);
    expect(extended.hiddenBroadcasts).toEqual([]);
  });

  it('starts its history at its first message, not at another item', () => {
    const before = history.prependHistory(EMPTY, entries(1, 50), false);
    const joined = room.addPresence(before, bob, true, entry(50).ts);
    const full = entries(51, 300).reduce((state, next) => room.addMessage(state, next, true), joined);
    expect(history.trimItems(full)).toMatchObject({ oldestSeq: 51 });
    expect(history.trimItems(full).items.slice(0, 2)).toMatchObject([{ kind: 'presence' }, { seq: 51 }]);
  });

  it('stays unchanged while older messages are loading, or if no message would be left', () => {
    const full = history.prependHistory(EMPTY, entries(1, 301), true);
    const loading = { ...full, olderStatus: 'loading' } as const;
    expect(history.trimItems(loading)).toBe(loading);
    const [first] = full.items as [Item];
    const presence: Item = { kind: 'presence', key: 'p', changes: [], ts: NOON };
    const joins = { ...full, items: [first, ...Array.from({ length: 300 }, () => presence)] };
    expect(history.trimItems(joins)).toBe(joins);
  });
});

describe('a log whose end is not loaded', () => {
  const entries = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
  const broadcast = (minutes: number) =>
    ({ type: 'broadcast', messageId: `b${minutes}`, text: 'b', ts: entry(0, bob, minutes).ts }) as const;
  const lastKeys = ({ items }: room.RoomState) => items.slice(-3).map(({ key }) => key);
  const full = history.prependHistory(EMPTY, entries(1, 1000), false);

  it('contains neither presence nor gaps, but counts the members', () => {
    const detached = history.trimNewest(room.addMessage(full, entry(1001), false));
    const joined = room.addPresence(detached, bob, true, entry(1002).ts);
    expect(joined.members).toEqual([ada, bob]);
    expect(joined.announcements.at(-1)?.text).toBe('Bob joined');
    const left = room.addPresence(joined, bob, false, entry(1003).ts);
    expect(left.items).toBe(detached.items);
    expect(room.addGap(left, NOON).items).toBe(detached.items);
  });

  it('contains announcements as soon as the messages of their time are loaded', () => {
    const detached = history.trimNewest(
      room.addMessage(room.addBroadcast(full, broadcast(1000.5), true), entry(1001), false),
    );
    const state = room.addBroadcast(room.addMessage(detached, entry(1002), false), broadcast(1002.5), false);
    expect(lastKeys(state)).toEqual(['m998', 'm999', 'm1000']);
    const next = history.appendHistory(state, [entry(1001)], 1002);
    expect(lastKeys(next)).toEqual(['m1000', 'b1000.5', 'm1001']);
    const end = history.appendHistory(next, [entry(1002)], 1002);
    expect(lastKeys(end)).toEqual(['m1001', 'm1002', 'b1002.5']);
    expect(end).toMatchObject({ newerStatus: 'none', latest: undefined, hiddenBroadcasts: [] });

    const latest = history.replaceHistory(state, { messages: entries(1000, 1002), more: true }, 1002);
    expect(latest.items.map(({ key }) => key)).toEqual(['m1000', 'b1000.5', 'm1001', 'm1002', 'b1002.5']);
  });

  it('ends where the server has no more messages', () => {
    const detached = history.trimNewest(room.addMessage(full, entry(1001), false));
    expect(history.appendHistory(detached, [], 1001)).toMatchObject({ newerStatus: 'none', newestSeq: 1001 });
  });

  it('stays unchanged while newer messages are loading, or if no message would be left', () => {
    const loading = { ...room.addMessage(full, entry(1001), false), newerStatus: 'loading' } as const;
    expect(history.trimNewest(loading)).toBe(loading);
    const presence: Item = { kind: 'presence', key: 'p', changes: [], ts: NOON };
    const joins = { ...EMPTY, items: Array.from({ length: 1001 }, () => presence) };
    expect(history.trimNewest(joins)).toBe(joins);
  });
});

describe('presence', () => {
  const ts = (second: number) => new Date(NOON + second * 1000).toISOString();

  it('updates the members and merges consecutive changes', () => {
    const cy = { userId: 'cy', username: 'Cy' };
    let state = room.addPresence(EMPTY, bob, true, ts(1));
    state = room.addPresence(state, cy, true, ts(2));
    state = room.addPresence(state, bob, false, ts(3));
    expect(state.members).toEqual([ada, cy]);
    expect(state.items).toMatchObject([
      {
        kind: 'presence',
        changes: [
          { user: cy, isPresent: true },
          { user: bob, isPresent: false },
        ],
      },
    ]);
    expect(state.announcements.map(({ text }) => text)).toEqual(['Bob joined', 'Cy joined', 'Bob left']);
  });

  it('adds no item and no announcement for a member who is already present', () => {
    const state = { ...room.addMessage(EMPTY, entry(1), true), members: [ada, bob] };
    const reconnected = room.addPresence(state, { ...bob, username: 'Bobby' }, true, ts(1));
    expect([reconnected.items, reconnected.announcements]).toEqual([state.items, state.announcements]);
    expect(reconnected.members).toEqual([ada, { ...bob, username: 'Bobby' }]);
  });

  it('removes the item of a member who leaves and rejoins before the next event', () => {
    const cy = { userId: 'cy', username: 'Cy' };
    const both = { ...room.addMessage(EMPTY, entry(1), true), members: [ada, bob, cy] };
    const left = room.addPresence(both, bob, false, ts(1));
    const back = room.addPresence(left, bob, true, ts(2));
    expect([back.items, back.members]).toEqual([both.items, [ada, cy, bob]]);
    const groups = buildRows(room.addMessage(back, entry(2), true)).map(
      (row) => row.kind === 'message' && row.startsGroup,
    );
    expect(groups).toEqual([false, true, false]);

    const renamed = room.addPresence(left, { ...bob, username: 'Robert' }, true, ts(2));
    expect(renamed.items.at(-1)).toMatchObject({
      changes: [{ user: { username: 'Robert' }, isPresent: true, previousName: 'Bob' }],
    });

    const bothLeft = room.addPresence(left, cy, false, ts(2));
    expect(room.addPresence(bothLeft, bob, true, ts(3)).items.at(-1)).toMatchObject({
      changes: [{ user: cy, isPresent: false }],
    });
    const afterMessage = room.addPresence(room.addMessage(left, entry(2), true), bob, true, ts(3));
    expect(afterMessage.items.map(({ kind }) => kind)).toEqual([
      'message',
      'presence',
      'message',
      'presence',
    ]);
  });

  it('adds no item for this user', () => {
    expect(room.addPresence(EMPTY, ada, true, ts(1)).items).toEqual([]);
  });

  it('lists each member once, including this user', () => {
    const member = (user: typeof bob) => ({ ...user, joinedAt: ts(0) });
    const first = room.addMembers(EMPTY, [member(bob)], true);
    expect(first.members.map(({ userId }) => userId)).toEqual(['ada', 'bob']);
    expect(room.addMembers(first, [member(bob), member(ada)], false).members).toHaveLength(2);
  });
});

describe('changes of messages', () => {
  const log = history.prependHistory(
    EMPTY,
    [entry(1), entry(2, ada), { ...entry(3), kind: 'void', text: '' }],
    false,
  );
  const messages = ({ items }: room.RoomState) =>
    items.map((item) =>
      item.kind === 'message' ? [item.seq, item.text, item.isEdited, item.isDeleted] : item,
    );

  it('applies to the message that it refers to', () => {
    const edited = room.changeMessage(log, { ...entry(4), kind: 'edited', target: 1, text: 'new' });
    expect(messages(edited)).toEqual([
      [1, 'new', true, undefined],
      [2, 'text 2', undefined, undefined],
      [3, '', undefined, true],
    ]);
    const deleted = room.changeMessage(edited, { ...entry(5), kind: 'deleted', target: 2, text: '' });
    expect(messages(deleted)[1]).toEqual([2, '', undefined, true]);
    expect(room.changeMessage(log, { ...entry(4), kind: 'deleted', target: 9, text: '' }).items).toEqual(
      log.items,
    );
  });

  it('is included in loaded messages, without a separate item', () => {
    const page: Entry[] = [
      { ...entry(1), edited: true },
      { ...entry(2), kind: 'edited', target: 1 },
    ];
    expect(messages(history.prependHistory(EMPTY, page, false))).toEqual([[1, 'text 1', true, undefined]]);
  });
});

describe('changes of members', () => {
  const both = { ...EMPTY, members: [ada, bob] };
  const rename = (member: typeof bob, previousName: string) =>
    ({ type: 'memberRenamed', room: '483920117', member, previousName, ts: entry(1).ts }) as const;

  it('shows and announces a new name, and keeps the name in earlier messages', () => {
    const before = room.addMessage(both, entry(1), true);
    const renamed = room.renameMember(before, rename({ ...bob, username: 'Robert' }, 'Bob'));
    expect(renamed.members).toEqual([ada, { ...bob, username: 'Robert' }]);
    expect(renamed.items[0]).toMatchObject({ from: bob });
    expect(renamed.items[1]).toMatchObject({
      kind: 'presence',
      changes: [{ user: { username: 'Robert' }, previousName: 'Bob' }],
    });
    expect(renamed.announcements.at(-1)?.text).toBe('Bob is now Robert');
    expect(renamed.you).toBe(ada);
    expect(room.renameMember(both, rename({ ...ada, username: 'Countess' }, 'Ada')).you.username).toBe(
      'Countess',
    );
  });

  it('describes who joined, left or has a new name', () => {
    expect(room.describeChange({ user: bob, isPresent: true })).toBe('joined');
    expect(room.describeChange({ user: bob, isPresent: false })).toBe('left');
    expect(room.describeChange({ user: bob, isPresent: true, previousName: 'B' })).toBe('is now Bob');
  });

  it('sets the role of a member, and of this user', () => {
    const moderator = room.setRole(both, 'bob', 'moderator');
    expect([moderator.role, moderator.members]).toEqual(['member', [ada, { ...bob, role: 'moderator' }]]);
    expect(room.setRole(both, 'ada', 'owner').role).toBe('owner');
  });
});

describe('typing', () => {
  const push = (member = bob, minutes = 0) => ({
    type: 'typing' as const,
    room: EMPTY.room,
    member,
    ts: new Date(NOON + minutes * 60_000).toISOString(),
  });
  const eve = { userId: 'eve', username: 'Eve' };

  it('lists each user once, in the order in which they started', () => {
    const state = [push(bob), push(eve), push(bob)].reduce(room.addTyping, EMPTY);
    expect(state.typing).toEqual([bob, eve]);
    expect(room.removeTyping(state, 'bob').typing).toEqual([eve]);
  });

  it('ends only with a message from the same user', () => {
    const state = [push(bob), push(eve)].reduce(room.addTyping, EMPTY);
    expect(room.addMessage(state, entry(1, bob, 1), true).typing).toEqual([eve]);
    expect(room.addMessage(state, entry(1, ada, 1), true).typing).toEqual([bob, eve]);
  });

  it('ignores an indicator that arrives after the message', () => {
    const sent = room.addMessage(EMPTY, entry(1, bob, 1), true);
    expect(room.addTyping(sent, push(bob, 1))).toBe(sent);
    expect(room.addTyping(sent, push(bob, 2)).typing).toEqual([bob]);
    expect(room.addTyping(sent, push(eve, 0)).typing).toEqual([eve]);
  });
});

describe('unread messages of an earlier visit', () => {
  const page = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
  const unread = ({ unreadCount, hasMoreUnread, firstUnread }: room.RoomState) => [
    unreadCount,
    hasMoreUnread,
    firstUnread,
  ];
  const latest = history.prependHistory({ ...EMPTY, oldestSeq: 21 }, page(11, 20), true);

  it('are counted as a lower bound until all messages are loaded', () => {
    const marked = room.markUnreadSince(latest, 5);
    expect(unread(marked)).toEqual([10, true, 'm11']);
    const extended = room.extendUnread(history.prependHistory(marked, page(6, 10), true), 5);
    expect(unread(extended)).toEqual([15, false, 'm6']);
  });

  it('are complete if the last read message, or the start of the log, is loaded', () => {
    expect(unread(room.markUnreadSince(latest, 10))).toEqual([10, false, 'm11']);
    const all = history.prependHistory({ ...EMPTY, oldestSeq: 21 }, page(11, 20), false);
    expect(unread(room.markUnreadSince(all, 5))).toEqual([10, false, 'm11']);
  });

  it('are marked but not counted again if the user has read them', () => {
    const read = room.clearUnread(room.markUnreadSince(latest, 5));
    expect(unread(read)).toEqual([0, false, 'm11']);
    const extended = room.extendUnread(history.prependHistory(read, page(6, 10), true), 5);
    expect(unread(extended)).toEqual([0, false, 'm6']);
  });
});
