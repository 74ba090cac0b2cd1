import { SavedData } from '../src/chat/saved-data';
import { Session } from '../src/chat/session';

type Frame = Record<string, unknown>;

/** A server with one user. Replaces the browser's WebSocket. */
class FakeServer {
  kind = 'open';
  typing?: object;
  bans?: Frame[];
  /** The reply to `history`, if it fails. */
  problem?: object;
  /** The messages that `history` returns, by room. */
  readonly history = new Map<string, Frame[]>();
  readonly requests: Frame[] = [];
  /** The highest number of requests that waited for a reply. */
  mostUnanswered = 0;
  private unanswered = 0;
  rooms = new Map<string, string | undefined>();
  private sockets: FakeSocket[] = [];

  readonly Socket = ((server: FakeServer) =>
    class extends FakeSocket {
      constructor() {
        super((frame) => server.count(server.reply(frame)));
        server.sockets.push(this);
      }
    })(this);

  webPushKey?: string;
  private isFollowing = false;

  dropConnections(): void {
    for (const socket of this.sockets.splice(0)) socket.onclose?.({});
  }

  push(frame: Frame): void {
    for (const socket of this.sockets) socket.onmessage?.({ data: JSON.stringify(frame) });
  }

  private count(reply: Frame | undefined): Frame | undefined {
    if (!reply) return undefined;
    this.unanswered += 1;
    this.mostUnanswered = Math.max(this.mostUnanswered, this.unanswered);
    queueMicrotask(() => {
      this.unanswered -= 1;
    });
    return reply;
  }

  private createPong(id: unknown): Frame {
    const rooms = Object.fromEntries([...this.rooms.keys()].map((room) => [room, 0]));
    const limits = { textBytes: 4096, typing: this.typing };
    const you = { userId: 'ada', username: 'Ada' };
    return { type: 'pong', id, ts: '', you, limits, rooms, webPushKey: this.webPushKey };
  }

  private reply(frame: Frame): Frame | undefined {
    const { id, action, room, name, username = 'Ada' } = frame;
    this.requests.push(frame);
    const you = { userId: 'ada', username };
    const log = {
      epoch: 'e1',
      following: this.isFollowing,
      headSeq: this.history.get(room as string)?.length ?? 0,
      memberCount: 1,
      you,
      recovered: true,
      messages: [],
      more: false,
      kind: this.kind,
    };
    if (action === 'createRoom') {
      const number = `48392011${this.rooms.size}`;
      this.rooms.set(number, name as string | undefined);
      return { type: 'created', id, room: number, name, ...log };
    }
    if (action === 'joinRoom') {
      const isKnown = this.rooms.has(room as string);
      const name = this.rooms.get(room as string);
      return isKnown
        ? { type: 'joined', id, room, name, ...log }
        : { type: 'error', id, problem: UNKNOWN_ROOM };
    }
    if (action === 'ban' || action === 'unban')
      return frame.userId === 'owner'
        ? { type: 'error', id, problem: FORBIDDEN }
        : { type: action === 'ban' ? 'banned' : 'unbanned', id, room, userId: frame.userId };
    if (action === 'follow') {
      this.isFollowing = frame.on === true;
      return { type: 'followed', id, room, on: frame.on };
    }
    if (action === 'leaveRoom') return { type: 'left', id, room };
    if (action === 'ping') return this.typing && this.createPong(id);
    if (action === 'members')
      return { type: 'members', id, room, memberCount: 1, members: [], bans: this.bans };
    if (action === 'history') return this.replyHistory(frame);
    return undefined;
  }

  private replyHistory({ id, room, after, before = Number.POSITIVE_INFINITY, limit }: Frame): Frame {
    if (this.problem) return { type: 'error', id, problem: this.problem };
    const log = this.history.get(room as string) ?? [];
    const count = limit as number;
    const newer = log.filter(({ seq }) => (seq as number) > (after as number));
    const older = log.filter(({ seq }) => (seq as number) < (before as number));
    const messages = after === undefined ? older.slice(-count) : newer.slice(0, count);
    const more = (after === undefined ? older : newer).length > messages.length;
    return { type: 'history', id, room, epoch: 'e1', messages, more };
  }
}

const UNKNOWN_ROOM = {
  type: 'urn:roomcast:unknown-room',
  title: 'Room not found',
  status: 404,
  detail: 'There is no room with that number.',
  temporary: false,
};

const FORBIDDEN = {
  type: 'urn:roomcast:forbidden',
  title: 'Not allowed',
  status: 403,
  detail: 'You can act only on users whose role is below your own.',
  temporary: false,
};

class FakeSocket {
  onopen?: (event: object) => void;
  onmessage?: (event: object) => void;
  onclose?: (event: object) => void;
  onerror?: (event: object) => void;

  constructor(private readonly reply: (frame: Frame) => Frame | undefined) {
    queueMicrotask(() => this.onopen?.({}));
  }

  send(text: string): void {
    const frame = this.reply(JSON.parse(text));
    if (frame) queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(frame) }));
  }

  close(): void {}
}

const { WebSocket } = globalThis;
let server: FakeServer;
let savedData: SavedData;
let items: Map<string, string>;
let readKeys: string[];
let isVisible: boolean;
let hasFocus: boolean;
const notify = jest.fn();
const subscribe = jest.fn();
let session: Session;

beforeEach(() => {
  isVisible = true;
  hasFocus = true;
  notify.mockReset();
  subscribe.mockReset();
  jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
  server = new FakeServer();
  Object.assign(globalThis, { WebSocket: server.Socket });
  items = new Map();
  readKeys = [];
  const storage = {
    getItem(key: string) {
      readKeys.push(key);
      return items.get(key) ?? null;
    },
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
  savedData = new SavedData(storage);
  session = new Session({
    url: 'ws://chat.example',
    storage,
    savedData,
    isVisible: () => isVisible,
    hasFocus: () => hasFocus,
    notify,
    subscribe,
  });
});
afterEach(() => {
  session.cancel();
  Object.assign(globalThis, { WebSocket });
  jest.useRealTimers();
});

describe('a room that the server lost', () => {
  const loseRoom = async () => {
    await session.create('Ada', 'Engines');
    savedData.saveDraft('483920110', 'half a thought');
    session.send('first');
    session.send('second');
    server.rooms.clear();
    server.dropConnections();
    await jest.advanceTimersByTimeAsync(2000);
  };

  it('stays on the page, and its unsent messages become its draft', async () => {
    await loseRoom();
    const { view, room, connection } = session.store.state;
    expect([view, room?.room, room?.isMissing, connection]).toEqual(['room', '483920110', true, 'online']);
    expect(room?.pending.map(({ text, status }) => [text, status])).toEqual([
      ['first', 'failed'],
      ['second', 'failed'],
    ]);
    expect(savedData.draft('483920110')).toBe('first\nsecond\nhalf a thought');
  });

  it('can be created again with its name and draft', async () => {
    await loseRoom();
    server.rooms.set('1', 'another');
    await session.recreate('Ada', '483920110');
    expect(session.store.state).toMatchObject({ view: 'room', room: { room: '483920111', name: 'Engines' } });
    expect(session.store.state.room?.isMissing).toBeUndefined();
    expect(savedData.draft('483920111')).toBe('first\nsecond\nhalf a thought');
    expect(savedData.recentRooms().map(({ room }) => room)).toEqual(['483920111']);
  });

  it('can be left, without an offer to rejoin it', async () => {
    await loseRoom();
    session.leave();
    expect(session.store.state).toMatchObject({ view: 'start', room: undefined, leftRoom: undefined });
  });
});

describe('notifications while the page is closed', () => {
  const device = { endpoint: 'https://push.example/1', keys: {} };
  const sent = (action: string) => server.requests.filter((frame) => frame.action === action);
  const joined = () => session.store.state.room?.isFollowing;

  beforeEach(async () => {
    jest.setSystemTime(1_800_000_000_000);
    subscribe.mockResolvedValue(device);
    server.webPushKey = 'key';
    server.typing = { members: 19, seconds: 5 };
    await session.create('Ada', 'Engines');
    await jest.advanceTimersByTimeAsync(60_000);
  });

  it('follow the room with a subscription of this browser, and end when the user leaves it', async () => {
    expect(session.store.state.webPushKey).toBe('key');
    expect(await session.perform((room) => session.setFollowing(room, true))).toBeUndefined();
    expect(subscribe).toHaveBeenCalledWith('key');
    expect(sent('follow')).toMatchObject([{ on: true, device }]);
    expect(joined()).toBe(true);
    session.leave();
    await jest.advanceTimersByTimeAsync(1000);
    expect(sent('follow')[1]).toMatchObject({ on: false });
    expect(sent('leaveRoom')).toHaveLength(1);
  });

  it('do not follow the room if the browser rejects the subscription', async () => {
    subscribe.mockRejectedValue(new Error('blocked'));
    await expect(session.perform((room) => session.setFollowing(room, true))).rejects.toThrow('blocked');
    expect([sent('follow'), joined(), savedData.deviceStoredAt]).toEqual([[], false, 0]);
  });

  it('store the subscription again each day', async () => {
    await session.perform((room) => session.setFollowing(room, true));
    await jest.advanceTimersByTimeAsync(23 * 3600_000);
    expect(sent('follow')).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(2 * 3600_000);
    expect(sent('follow')).toHaveLength(2);
    await session.perform((room) => session.setFollowing(room, false));
    await jest.advanceTimersByTimeAsync(48 * 3600_000);
    expect(sent('follow')).toMatchObject([{ on: true }, { on: true }, { on: false }]);
  });
});

describe('quoted messages', () => {
  const message = (seq: number, more = {}) => ({
    ...{ seq, kind: 'message', messageId: `m${seq}`, text: `text ${seq}`, ts: '2026-01-25T12:00:00.000Z' },
    ...{ from: { userId: 'bob', username: 'Bob' }, ...more },
  });
  const requestsOf = (action: string) => server.requests.filter((frame) => frame.action === action);
  const push = (entry: object) => server.push({ type: 'message', room: '3', epoch: 'e1', ...entry });

  beforeEach(async () => {
    server.rooms.set('3', 'Engines');
    server.history.set(
      '3',
      Array.from({ length: 60 }, (_, index) => message(index + 1)),
    );
    await session.join('Ada', { room: '3' });
    await jest.advanceTimersByTimeAsync(0);
    server.requests.length = 0;
  });

  it('are loaded once if they are not on the page', async () => {
    push(message(61, { replyTo: 2 }));
    push(message(62, { replyTo: 2 }));
    push(message(63, { replyTo: 60 }));
    await jest.advanceTimersByTimeAsync(0);
    expect(requestsOf('history')).toMatchObject([{ after: 1, limit: 1 }]);
    expect(session.store.state.room?.quotes.get(2)).toMatchObject({ seq: 2, text: 'text 2' });
  });

  it('are loaded when their room is shown, and again after a failure', async () => {
    session.showStart();
    push(message(61, { replyTo: 2 }));
    await jest.advanceTimersByTimeAsync(0);
    expect(requestsOf('history')).toEqual([]);
    server.problem = FORBIDDEN;
    session.show('3');
    await jest.advanceTimersByTimeAsync(0);
    expect(session.store.state.room?.quotes.size).toBe(0);
    server.problem = undefined;
    push(message(62));
    await jest.advanceTimersByTimeAsync(0);
    expect(session.store.state.room?.quotes.get(2)).toMatchObject({ text: 'text 2' });
  });

  it('are referenced by a reply when it is sent and retried', async () => {
    session.send('yes', 60);
    await jest.advanceTimersByTimeAsync(0);
    const [pending] = session.store.state.room?.pending ?? [];
    expect(pending).toMatchObject({ text: 'yes', replyTo: 60 });
    if (pending) session.retry(pending);
    await jest.advanceTimersByTimeAsync(10);
    expect(requestsOf('sendmessage')).toMatchObject([
      { text: 'yes', replyTo: 60 },
      { text: 'yes', replyTo: 60, clientMsgId: pending?.clientMsgId },
    ]);
  });
});

describe('an invite room', () => {
  const requestsOf = (action: string) => server.requests.filter((frame) => frame.action === action);

  it('is joined with the code of an invite, and the code is not saved', async () => {
    server.kind = 'invite';
    server.rooms.set('483920110', 'Engines');
    await session.join('Ada', { room: '483920110', invite: 'secret' });
    expect(requestsOf('joinRoom')).toMatchObject([{ room: '483920110', invite: 'secret' }]);
    expect(session.store.state.room).toMatchObject({ room: '483920110', kind: 'invite' });
    expect(savedData.recentRooms()).toMatchObject([{ room: '483920110', kind: 'invite' }]);
    expect([...items.values()].join()).not.toContain('secret');
  });

  it('is created on request, and recreated if it is missing', async () => {
    await session.create('Ada', 'Engines');
    await session.recreate('Ada', '483920110');
    server.kind = 'invite';
    await session.create('Ada', 'Engines', 'invite');
    await session.recreate('Ada', session.store.state.room?.room as string);
    expect(requestsOf('createRoom').map(({ kind }) => kind)).toEqual(['open', 'open', 'invite', 'invite']);
  });
});

const message = (seq: number, text: string, userId = 'bob') => ({
  seq,
  kind: 'message',
  messageId: `m${seq}`,
  from: { userId, username: 'Bob' },
  text,
  ts: '2026-01-25T12:00:00.000Z',
});

describe('several rooms', () => {
  const A = '483920110';
  const B = '483920111';
  const push = (room: string, seq: number, text: string) =>
    server.push({ type: 'message', room, epoch: 'e1', ...message(seq, text) });
  const summaries = () =>
    session.store.state.rooms.map(({ room, unreadCount, isMentioned, last }) => [
      room,
      unreadCount,
      isMentioned,
      last?.text,
    ]);
  const joinRequests = () =>
    server.requests.filter(({ action }) => action === 'joinRoom').map(({ room }) => room);

  it('keeps a room joined while another room is shown, and counts its unread messages and mentions', async () => {
    await session.create('Ada', 'Engines');
    await session.create('Ada', 'Arts');
    push(A, 1, 'one');
    push(A, 2, 'two');
    push(B, 1, 'seen');
    expect(session.store.state.room?.items).toMatchObject([{ text: 'seen' }]);
    expect(summaries()).toEqual([
      [B, 0, false, 'seen'],
      [A, 2, false, 'two'],
    ]);
    push(A, 3, '@Ada?');
    expect(summaries()[1]).toEqual([A, 3, true, '@Ada?']);
    expect(savedData.recentRooms().find(({ room }) => room === A)?.read?.lastSeq).toBe(0);

    expect(session.show(A)).toBe(true);
    expect(summaries()[1]).toEqual([A, 0, false, '@Ada?']);
    expect(savedData.recentRooms().find(({ room }) => room === A)?.read?.lastSeq).toBe(3);
    const { room } = session.store.state;
    expect(room).toMatchObject({ room: A, firstUnread: 'm1', announcements: [] });
    expect(server.requests.filter(({ action }) => action === 'leaveRoom')).toEqual([]);
    expect(session.show('483920119')).toBe(false);
  });

  it('keeps messages unread while the end of the log is not in view', async () => {
    await session.create('Ada', 'Engines');
    session.setAtEnd(false);
    await session.create('Ada', 'Arts');
    push(A, 1, 'one');
    session.show(A);
    expect(summaries()[1]).toEqual([A, 1, false, 'one']);
    session.setAtEnd(true);
    expect(summaries()[1]).toEqual([A, 0, false, 'one']);
  });

  it('keeps the latest messages of a room, and more messages while the end of its log is not in view', async () => {
    await session.create('Ada', 'Engines');
    await session.create('Ada', 'Arts');
    session.setAtEnd(false);
    for (let seq = 1; seq <= 301; seq += 1) for (const room of [A, B]) push(room, seq, 'text');
    expect(session.store.state.room?.items).toHaveLength(301);
    session.show(A);
    expect(session.store.state.room?.items).toHaveLength(251);
  });

  describe('a room with more messages than the page keeps', () => {
    const seqs = () =>
      session.store.state.room?.items.map((item) => (item.kind === 'message' ? item.seq : item.kind));
    const range = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const receive = (from: number, to: number) => {
      for (const seq of range(from, to)) {
        server.history.set(A, [...(server.history.get(A) ?? []), message(seq, `text ${seq}`)]);
        push(A, seq, `text ${seq}`);
      }
    };
    const state = () => {
      const { newerStatus, unreadCount } = session.store.state.room ?? {};
      return [newerStatus, unreadCount, seqs()?.length, seqs()?.at(-1), summaries()[0]?.[3]];
    };

    beforeEach(async () => {
      await session.create('Ada', 'Engines');
      session.setAtEnd(false);
      receive(1, 1100);
    });

    it('stops growing, and counts the messages that it does not show', () => {
      expect(state()).toEqual(['available', 1100, 1000, 1000, 'text 1100']);
      session.setAtEnd(true); // The end of the shown messages is not the end of the log.
      expect(session.store.state.room?.unreadCount).toBe(1100);
    });

    it('replaces the oldest messages with the next ones until the end of the log', async () => {
      await session.loadNewer();
      expect(state()).toEqual(['available', 1100, 1000, 1050, 'text 1100']);
      expect(session.store.state.room).toMatchObject({ oldestSeq: 51, olderStatus: 'available' });
      const loading = session.loadNewer();
      await session.loadNewer(); // has no effect while a page is loading
      receive(1101, 1102);
      await loading;
      expect(state()).toEqual(['available', 1102, 1000, 1100, 'text 1102']);
      await session.loadNewer();
      expect(state()).toEqual(['none', 1102, 1000, 1102, 'text 1102']);
      receive(1103, 1103);
      expect(seqs()).toEqual(range(103, 1102)); // the limit is reached again
      await session.loadNewer();
      session.setAtEnd(true);
      receive(1104, 1104);
      expect(session.store.state.room?.unreadCount).toBe(0);
      expect(seqs()).toEqual(range(154, 1104));
    });

    it('shows the latest messages on request, and loads older messages before them', async () => {
      session.setAtEnd(true);
      await session.loadLatest();
      expect(state()).toEqual(['none', 0, 50, 1100, 'text 1100']);
      await session.loadOlder();
      expect(seqs()).toEqual(range(1001, 1100));
    });

    it('shows the latest messages when the user sends a message', async () => {
      session.send('mine');
      await jest.advanceTimersByTimeAsync(0);
      expect(seqs()).toEqual(range(1051, 1100));
      expect(session.store.state.room?.pending).toMatchObject([{ text: 'mine' }]);
    });

    it('ignores replies to earlier page requests after loading the latest messages', async () => {
      const older = session.loadOlder();
      const newer = session.loadNewer();
      await Promise.all([session.loadLatest(), older, newer]);
      expect(seqs()).toEqual(range(1051, 1100));
    });

    it('drops the newest messages when older messages are loaded', async () => {
      await session.loadLatest();
      for (let page = 0; page < 20; page += 1) await session.loadOlder();
      expect(seqs()).toEqual(range(51, 1050));
      expect(state()).toEqual(['available', 1100, 1000, 1050, 'text 1100']);
    });

    it('removes a deleted message that it does not show', () => {
      const deletion = { ...message(1101, ''), kind: 'deleted', target: 1100 };
      server.push({ type: 'message', room: A, epoch: 'e1', ...deletion });
      expect(state()).toEqual(['available', 1100, 1000, 1000, 'text 1000']);
    });

    it('offers to load the next messages again after a failure', async () => {
      server.problem = FORBIDDEN;
      await session.loadNewer();
      expect(state()[0]).toBe('failed');
      server.problem = undefined;
      await session.loadNewer();
      expect(state().slice(0, 4)).toEqual(['available', 1100, 1000, 1050]);
    });
  });

  it('keeps rooms joined while the start page is shown', async () => {
    await session.create('Ada', 'Engines');
    session.showStart();
    expect(session.store.state).toMatchObject({ view: 'start', room: undefined, leftRoom: undefined });
    push(A, 1, 'one');
    expect(summaries()).toEqual([[A, 1, false, 'one']]);
    session.cancel();
    session.show(A);
    expect(session.store.state).toMatchObject({ view: 'room', room: { room: A } });
  });

  it('joins the rooms again on the next visit, unless the user left them or they no longer exist', async () => {
    for (const room of ['1', '2', '3', '4']) server.rooms.set(room, undefined);
    savedData.username = 'Ada';
    for (const room of ['gone', '3', '2', '1'])
      savedData.addRecentRoom({ room, name: room, read: { epoch: 'e1', lastSeq: 1 } });
    savedData.markLeft('2');
    server.history.set('3', [message(1, 'read'), message(2, 'new'), message(3, 'own', 'ada')]);
    await session.join('Ada', { room: '1' });
    await jest.advanceTimersByTimeAsync(0);
    expect(joinRequests()).toEqual(['1', '3', 'gone']);
    expect(summaries()).toEqual([
      ['1', 0, false, undefined],
      ['3', 1, false, 'own'],
    ]);
    expect(server.requests.filter(({ action }) => action === 'members')).toMatchObject([{ room: '1' }]);
    expect(savedData.recentRooms().find(({ room }) => room === 'gone')).toMatchObject({ hasLeft: true });

    session.show('3');
    expect(server.requests.at(-1)).toMatchObject({ action: 'members', room: '3' });
    await session.join('Ada', { room: '4' });
    expect(joinRequests()).toEqual(['1', '3', 'gone', '4']);
  });

  it('joins at most a few rooms at a time on the next visit', async () => {
    const rooms = Array.from({ length: 50 }, (_, index) => String(index));
    for (const room of rooms) server.rooms.set(room, undefined);
    savedData.username = 'Ada';
    for (const room of rooms.toReversed()) savedData.addRecentRoom({ room });
    await session.join('Ada', { room: '0' });
    await jest.advanceTimersByTimeAsync(0);
    expect(joinRequests()).toEqual(rooms);
    expect(summaries()).toHaveLength(50);
    expect(server.mostUnanswered).toBe(4);
  });

  it('removes a room from the list when the user leaves it or is removed from it', async () => {
    await session.create('Ada', 'Engines');
    await session.create('Ada', 'Arts');
    server.push({ type: 'removed', room: A, reason: 'kicked', ts: '2026-01-25T12:00:00.000Z' });
    expect(session.store.state).toMatchObject({ view: 'room', room: { room: B } });
    expect(summaries().map(([room]) => room)).toEqual([B]);
    session.leave();
    expect(session.store.state).toMatchObject({ view: 'start', leftRoom: B, rooms: [] });
    expect(savedData.recentRooms().map(({ hasLeft }) => hasLeft)).toEqual([true, true]);
    await session.join('Ada', { room: B });
    expect(savedData.recentRooms()[0]).not.toHaveProperty('hasLeft');
  });

  it('shows an announcement in all rooms, and counts it as unread only in the room that is shown', async () => {
    await session.create('Ada', 'Engines');
    await session.create('Ada', 'Arts');
    isVisible = false;
    server.push({ type: 'broadcast', messageId: 'b1', text: 'Fire!', ts: '2026-01-25T12:00:00.000Z' });
    expect(summaries().map(([room, count]) => [room, count])).toEqual([
      [B, 1],
      [A, 0],
    ]);
    session.show(A);
    expect(session.store.state.room?.items).toMatchObject([{ kind: 'broadcast', text: 'Fire!' }]);
  });

  it('opens a room that the user joins again after cancelling the join', async () => {
    server.rooms.set('1', undefined);
    await session.create('Ada', 'Engines');
    const cancelled = session.join('Ada', { room: '1' });
    session.cancel();
    await Promise.all([cancelled, session.join('Ada', { room: '1' })]);
    expect(session.store.state).toMatchObject({ view: 'room', room: { room: '1' } });
    expect(server.requests.filter(({ action }) => action === 'leaveRoom')).toEqual([]);

    const direct = session.openDirect({ userId: 'bob', username: 'Bob' });
    session.cancel();
    await direct;
    expect(server.requests.at(-1)).toMatchObject({ action: 'leaveRoom' });
  });

  it('does not open a room if its join ends after another room was shown', async () => {
    server.rooms.set('1', undefined);
    await session.create('Ada', 'Engines');
    const joining = session.join('Ada', { room: '1' });
    expect(session.store.state.view).toBe('joining');
    session.show(session.store.state.rooms[0]?.room as string);
    await joining;
    expect(session.store.state.room?.name).toBe('Engines');
    expect(session.store.state.rooms).toHaveLength(1);
  });
});

describe('a direct room', () => {
  it('opens with another user, is named after both users, and leaves no other room', async () => {
    await session.create('Ada', 'Engines');
    server.kind = 'direct';
    const username = '𝔅'.repeat(32);
    await session.openDirect({ userId: 'bob', username: 'Bob' });
    expect(server.requests.find(({ kind }) => kind === 'direct')).toMatchObject({
      action: 'createRoom',
      with: 'bob',
      username: 'Ada',
      name: 'Ada & Bob',
    });
    expect(session.store.state.room).toMatchObject({ room: '483920111', kind: 'direct' });
    expect(server.requests.filter(({ action }) => action === 'leaveRoom')).toEqual([]);
    session.leave();
    await session.create(username, 'Engines');
    await session.openDirect({ userId: 'eve', username });
    expect(Array.from(session.store.state.room?.name ?? '')).toHaveLength(64);
  });

  it('is not opened without a joined room', async () => {
    await session.openDirect({ userId: 'bob', username: 'Bob' });
    expect(session.store.state.view).toBe('start');
    expect(server.requests).toEqual([]);
  });
});

describe('bans', () => {
  const bob = { userId: 'bob', username: 'Bob' };
  const eve = { userId: 'eve', username: 'Eve' };
  const listed = () => session.store.state.room?.bans;

  it('are listed until they end', async () => {
    server.bans = [{ userId: 'max' }];
    await session.create('Ada', 'Engines');
    await jest.advanceTimersByTimeAsync(0);
    for (const user of [bob, eve, bob]) await session.perform((joined) => session.ban(joined, user, 60));
    expect(listed()).toEqual([{ userId: 'max' }, eve, bob]);
    await session.perform((joined) => session.unban(joined, 'max'));
    expect(listed()).toEqual([eve, bob]);
    server.bans = undefined;
    await session.create('Ada', 'Another');
    expect(listed()).toEqual([]);
  });

  it('are listed as soon as the user becomes a moderator', async () => {
    await session.create('Ada', 'Engines');
    await jest.advanceTimersByTimeAsync(0);
    server.bans = [eve];
    const change = { userId: 'ada', role: 'moderator', by: bob, ts: '2026-01-25T12:00:00.000Z' };
    server.push({ type: 'roleChanged', room: '483920110', ...change });
    await jest.advanceTimersByTimeAsync(0);
    expect(listed()).toEqual([eve]);
  });

  it('are not listed if the server rejects the request', async () => {
    await session.create('Ada', 'Engines');
    const owner = { userId: 'owner', username: 'Owner' };
    await expect(session.perform((joined) => session.ban(joined, owner))).resolves.toMatch(
      'You can act only',
    );
    expect(listed()).toEqual([]);
  });
});

describe('a new name', () => {
  it('is used immediately in all joined rooms without leaving them, and saved for other rooms', async () => {
    await session.create('Ada', 'Engines');
    server.kind = 'invite';
    await session.create('Ada', 'Arts');
    session.send('unanswered');
    await expect(session.rename('Countess')).resolves.toBeUndefined();
    expect(session.store.state).toMatchObject({
      view: 'room',
      room: { name: 'Arts', you: { username: 'Countess' }, pending: [{ text: 'unanswered' }] },
    });
    session.show('483920110');
    expect(session.store.state.room).toMatchObject({ name: 'Engines', you: { username: 'Countess' } });
    expect(server.requests.filter(({ action }) => action === 'leaveRoom')).toEqual([]);
    expect(savedData.username).toBe('Countess');
  });

  it('keeps highlighting the former name in earlier messages, including on the next visit', async () => {
    await session.create('Ada', 'Engines');
    await session.rename('Countess');
    const formerNames = [{ username: 'Ada', until: Date.now() + 60_000 }];
    expect(session.store.state.room?.formerNames).toEqual(formerNames);
    const member = { userId: 'ada', username: 'Max' };
    const ts = '2026-01-25T12:00:00.000Z';
    const push = { type: 'memberRenamed', room: '483920110', member, previousName: 'Countess', ts };
    server.push(push); // on another device
    formerNames.push({ username: 'Countess', until: Date.now() + 60_000 });
    expect(session.store.state.room?.formerNames).toEqual(formerNames);
    await session.create('Max', 'Arts');
    expect(session.store.state.room?.formerNames).toEqual(formerNames);
  });

  it('is not saved if the server rejects it', async () => {
    await session.create('Ada', 'Engines');
    server.rooms.clear();
    await expect(session.rename('Countess')).resolves.toMatch('Room not found');
    expect(savedData.username).toBe('');
    expect(session.store.state).toMatchObject({ view: 'room', room: { you: { username: 'Ada' } } });
  });
});

describe('a removal from a room that is not shown', () => {
  const remove = () =>
    server.push({ type: 'removed', room: '483920110', reason: 'kicked', ts: '2026-01-25T12:00:00.000Z' });

  it('shows a notice with the name of the room until the user hides it', async () => {
    await session.create('Ada', 'Engines');
    await session.create('Ada', 'Arts');
    remove();
    expect(session.store.state).toMatchObject({
      view: 'room',
      room: { name: 'Arts' },
      notice: 'Engines: A moderator removed you from the room.',
    });
    session.dismissNotice();
    expect(session.store.state.notice).toBeUndefined();
  });

  it('shows no notice if the user left the room, or if the room was shown', async () => {
    await session.create('Ada', 'Engines');
    await session.create('Ada', 'Arts');
    session.leave('483920110');
    await jest.advanceTimersByTimeAsync(0);
    expect(session.store.state.notice).toBeUndefined();
    await session.join('Ada', { room: '483920110' });
    remove();
    expect(session.store.state.problem).toBe('A moderator removed you from the room.');
    expect(session.store.state.notice).toBeUndefined();
  });
});

describe('notifications', () => {
  const push = (seq: number, text: string, userId = 'bob') =>
    server.push({ type: 'message', room: '483920110', epoch: 'e1', ...message(seq, text, userId) });

  it('shows mentions by others while the page is hidden, unless the room is muted', async () => {
    await session.create('Ada', 'Engines');
    push(1, 'visible @Ada');
    isVisible = false;
    push(2, 'no mention');
    push(3, 'my own @Ada', 'ada');
    expect(notify).not.toHaveBeenCalled();
    push(4, 'hidden @ada');
    expect(notify.mock.calls).toEqual([[{ title: 'Bob · Engines', text: 'hidden @ada', room: '483920110' }]]);
    savedData.setMuted('483920110', true);
    push(5, 'muted @Ada');
    expect(notify).toHaveBeenCalledTimes(1);
  });

  it('shows every message of the other user in a private room', async () => {
    server.kind = 'direct';
    await session.create('Ada', 'Ada & Bob');
    push(1, 'visible');
    isVisible = false;
    push(2, 'my own', 'ada');
    expect(notify).not.toHaveBeenCalled();
    push(3, 'hidden');
    expect(notify.mock.calls).toEqual([[{ title: 'Bob', text: 'hidden', room: '483920110' }]]);
    savedData.setMuted('483920110', true);
    push(4, 'muted');
    expect(notify).toHaveBeenCalledTimes(1);
  });

  it('shows mentions while the page is visible in a window without focus', async () => {
    await session.create('Ada', 'Engines');
    hasFocus = false;
    push(1, '@Ada');
    expect(notify).toHaveBeenCalledTimes(1);
    expect(session.store.state.room?.unreadCount).toBe(0);
  });
});

describe('the connection status', () => {
  it('is offline while the browser has no network, although the socket is open', async () => {
    await session.create('Ada', '');
    expect(session.store.state.connection).toBe('online');
    session.setNetwork(false);
    expect(session.store.state.connection).toBe('offline');
    session.setNetwork(true);
    expect(session.store.state.connection).toBe('online');
  });

  it('is online again when a new connection opens without a network event', async () => {
    await session.create('Ada', '');
    session.setNetwork(false);
    server.dropConnections();
    await jest.advanceTimersByTimeAsync(2000);
    expect(session.store.state.connection).toBe('online');
  });
});

describe('typing', () => {
  const push = (ts: string) =>
    server.push({ type: 'typing', room: '483920110', member: { userId: 'bob', username: 'Bob' }, ts });
  const names = () => session.store.state.room?.typing.map(({ username }) => username);

  it('is shown for six seconds after the latest indicator, or until a message arrives', async () => {
    await session.create('Ada', 'Engines');
    push('2026-01-25T12:00:01.000Z');
    await jest.advanceTimersByTimeAsync(5000);
    push('2026-01-25T12:00:06.000Z');
    await jest.advanceTimersByTimeAsync(5999);
    expect(names()).toEqual(['Bob']);
    await jest.advanceTimersByTimeAsync(1);
    expect(names()).toEqual([]);
    push('2026-01-25T12:00:13.000Z');
    server.push({ type: 'message', room: '483920110', epoch: 'e1', ...message(1, 'done') });
    expect(names()).toEqual([]);
  });

  it('is announced to the server if it has typing indicators', async () => {
    const sent = () => server.requests.filter(({ action }) => action === 'typing').length;
    await session.create('Ada', 'Engines');
    session.announceTyping();
    expect([sent(), session.store.state.showsTyping]).toEqual([0, false]);
    server.typing = { members: 19, seconds: 5 };
    await jest.advanceTimersByTimeAsync(3000); // the first ping
    session.announceTyping();
    expect([sent(), session.store.state.showsTyping]).toEqual([1, true]);
  });
});

describe('a message in a private room that the user is not in', () => {
  const PRIVATE = '590174362';
  const write = async (username = 'Bob') => {
    const from = { userId: 'bob', username };
    server.push({
      type: 'directMessage',
      room: PRIVATE,
      name: 'Ada & Bob',
      from,
      ts: `${server.requests.length}`,
    });
  };
  const listed = () => session.store.state.rooms.find(({ room }) => room === PRIVATE);

  it('lists the room as unread once, with a notice, and does not join it', async () => {
    await session.create('Ada', 'Engines');
    await write();
    expect(listed()).toMatchObject({ title: 'Ada & Bob', unreadCount: 1, writer: { username: 'Bob' } });
    const notice = 'Bob wrote to you in a private room. It is in the list of rooms.';
    expect(session.store.state).toMatchObject({ notice, room: { name: 'Engines' } });
    session.dismissNotice();
    await write('Robert');
    await jest.advanceTimersByTimeAsync(1000);
    expect(session.store.state.rooms.map(({ title }) => title)).toEqual(['Ada & Bob', 'Engines']);
    expect(session.store.state.notice).toBeUndefined();
    expect(server.requests.filter(({ room }) => room === PRIVATE)).toEqual([]);
  });

  it('stays listed after a reload until the user opens the room', async () => {
    await session.create('Ada', 'Engines');
    await write();
    const reloaded = new Session({
      url: 'ws://chat.example',
      savedData,
      isVisible: () => true,
      hasFocus: () => true,
      notify,
      subscribe,
    });
    expect(reloaded.store.state.rooms).toMatchObject([{ room: PRIVATE, unreadCount: 1 }]);
    server.rooms.set(PRIVATE, 'Ada & Bob');
    await session.join('Ada', { room: PRIVATE });
    expect(listed()).toMatchObject({ unreadCount: 0 });
    expect(listed()).not.toHaveProperty('writer');
    expect([session.store.state.notice, savedData.unopenedRooms()]).toEqual([undefined, []]);
    await write();
    expect(savedData.unopenedRooms()).toEqual([]);
  });

  it('notifies a user who does not see the page', async () => {
    await session.create('Ada', 'Engines');
    await write();
    expect(notify).not.toHaveBeenCalled();
    hasFocus = false;
    await write('Robert');
    expect(notify.mock.calls).toEqual([[{ title: 'Robert', text: 'wrote to you', room: PRIVATE }]]);
  });

  it('shows nothing if the user has left the room', async () => {
    server.rooms.set(PRIVATE, 'Ada & Bob');
    await session.join('Ada', { room: PRIVATE });
    session.leave();
    await write();
    expect([listed(), session.store.state.notice]).toEqual([undefined, undefined]);
  });

  it('is read from the storage only if the unopened rooms may have changed', async () => {
    await session.create('Ada', 'Engines');
    await write();
    readKeys.length = 0;
    session.send('hello');
    session.send('world');
    expect(session.store.state.rooms.find(({ title }) => title === 'Engines')?.last?.text).toBe('world');
    expect(readKeys).not.toContain('roomcast.unopened');
    new SavedData({
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: (key) => void items.delete(key),
    }).removeRoom(PRIVATE); // in another tab
    session.loadUnopened();
    expect(listed()).toBeUndefined();
  });

  it('is not listed again after the user has opened and left the room', async () => {
    await session.create('Ada', 'Engines');
    await write();
    server.rooms.set(PRIVATE, 'Ada & Bob');
    await session.join('Ada', { room: PRIVATE });
    session.leave();
    expect(listed()).toBeUndefined();
  });

  it('can be removed from the list', async () => {
    await session.create('Ada', 'Engines');
    await write();
    session.forget(PRIVATE);
    expect([listed(), savedData.unopenedRooms()]).toEqual([undefined, []]);
  });
});
