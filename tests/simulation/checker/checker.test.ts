import type { Occurrence, Record, SeenEntry } from '../harness/history';
import { checkHistory } from '.';

const ROOM = '483920117';
const MINUTE_MS = 60_000;

const first: SeenEntry = { seq: 1, kind: 'message', messageId: 'm1', text: 'one' };
const second: SeenEntry = { seq: 2, kind: 'message', messageId: 'm2', text: 'two' };
const ada = { client: 'ada', room: ROOM };
const bob = { client: 'bob', room: ROOM };

const follows = { ...bob, type: 'followed', on: true } as const;
const missed = { type: 'missed', user: 'g-b', room: ROOM, seq: 1, messageId: 'm1' } as const;
/** Bob follows the room and goes away. */
const LEAVING: readonly Occurrence[] = [
  { type: 'opened', client: 'bob', connection: 'b' },
  { type: 'entered', ...bob, connection: 'b' },
  { ...follows, type: 'follow' },
  follows,
];
const AWAY: readonly Occurrence[] = [...LEAVING, { type: 'closed', client: 'bob', connection: 'b' }];

const like = { ...bob, seq: 1, emoji: '👍', remove: false };

const COMPLETE = { unreadPages: 0, unpostedRows: 0, failures: 0 };

/** A history with two users and two messages that keeps all promises. The records are one minute apart. */
const HISTORY: readonly Occurrence[] = [
  { type: 'online', client: 'ada', user: 'g-a' },
  { type: 'online', client: 'bob', user: 'g-b' },
  { type: 'join', ...ada },
  { type: 'joined', ...ada, epoch: 'e', from: 0, recovered: false },
  { type: 'join', ...bob },
  { type: 'joined', ...bob, epoch: 'e', from: 0, recovered: false },
  { type: 'send', ...ada, id: 'one', text: 'one' },
  { type: 'ack', ...ada, id: 'one', seq: 1, messageId: 'm1' },
  { type: 'published', event: 'event-1', detailType: 'MessageSent', targets: 1, messageId: 'm1' },
  { type: 'delivery', event: 'event-1', outcome: 'delivered' },
  { type: 'execution', event: 'event-1', status: 'SUCCEEDED', ...COMPLETE },
  { type: 'frame', ...bob, seq: 1, messageId: 'm1' },
  { type: 'receive', ...bob, entry: first },
  { type: 'receive', ...ada, entry: first },
  { type: 'send', ...bob, id: 'two', text: 'two' },
  { type: 'published', event: 'event-2', detailType: 'MessageSent', targets: 0, messageId: 'm2' },
  { type: 'ack', ...bob, id: 'two', seq: 2, messageId: 'm2' },
  { type: 'receive', ...bob, entry: second },
  { type: 'receive', ...ada, entry: second },
  { type: 'faults end' },
  ...[ada, bob].flatMap((who): Occurrence[] => [
    { type: 'log', ...who, epoch: 'e', entries: [first, second] },
    { type: 'members', ...who, memberCount: 2, users: ['g-a', 'g-b'] },
    { type: 'view', ...who, lastSeq: 2 },
  ]),
];

/** Replaces matching records, or removes them if there is no replacement. */
function replace(matches: (record: Occurrence) => boolean, ...replacements: Occurrence[]): Occurrence[] {
  const index = HISTORY.findIndex(matches);
  return HISTORY.flatMap((record, position) =>
    position === index ? replacements : matches(record) ? [] : [record],
  );
}

function insertBefore(type: Occurrence['type'], ...added: Occurrence[]): Occurrence[] {
  const index = HISTORY.findIndex((record) => record.type === type);
  return [...HISTORY.slice(0, index), ...added, ...HISTORY.slice(index)];
}

function brokenChecks(occurrences: readonly Occurrence[]): string[] {
  const records = occurrences.map((occurrence, index): Record => ({ t: index * MINUTE_MS, ...occurrence }));
  return [...new Set(checkHistory(records).map(({ check }) => check))];
}

/** Sends the first message while Bob is away, and notifies Bob. */
function withNotification(...added: Occurrence[]): Occurrence[] {
  const history = insertBefore('send', ...AWAY);
  const index = history.findIndex(({ type }) => type === 'ack');
  return [...history.slice(0, index), missed, ...added, ...history.slice(index)];
}

/** Replaces the final logs, updates the views accordingly, and adds records before the end of the faults. */
function withLog(entries: readonly SeenEntry[], ...added: Occurrence[]): Occurrence[] {
  const changed = HISTORY.map((record) => {
    if (record.type === 'log') return { ...record, entries };
    return record.type === 'view' ? { ...record, lastSeq: entries.length } : record;
  });
  const end = changed.findIndex(({ type }) => type === 'faults end');
  return [...changed.slice(0, end), ...added, ...changed.slice(end)];
}

describe('checker', () => {
  it('accepts a history that keeps all promises', () => {
    expect(brokenChecks(HISTORY)).toEqual([]);
  });

  it('accepts a message to a user whose ban overlaps an unban', () => {
    const remove = { type: 'remove', ...ada, user: 'g-b' } as const;
    const removed = { ...remove, type: 'removed' } as const;
    const requests: Occurrence[] = [
      { ...remove, action: 'ban' },
      { ...remove, action: 'unban' },
      { ...removed, action: 'unban' },
      { ...removed, action: 'ban' },
    ];
    expect(brokenChecks(insertBefore('send', ...requests))).toEqual([]);
  });

  it('accepts a message that does not reach a member who leaves the room', () => {
    const records: Occurrence[] = [
      { type: 'entered', ...bob, connection: 'c' },
      { type: 'leave', ...bob },
    ];
    expect(brokenChecks(insertBefore('send', ...records).filter(({ type }) => type !== 'frame'))).toEqual([]);
  });

  it('accepts one event for a follower who is away', () => {
    expect(brokenChecks(withNotification())).toEqual([]);
    expect(brokenChecks(insertBefore('send', ...AWAY))).toEqual(['away']);
  });

  it('accepts that a fault prevents the event for a follower who is away', () => {
    const fault: Occurrence = { type: 'fault', fault: 'error', at: 'events' };
    expect(brokenChecks(insertBefore('send', ...AWAY, fault))).toEqual([]);
  });

  it('accepts a reply to a join that arrives after the client has left', () => {
    const records: Occurrence[] = [
      { type: 'leave', ...bob },
      { type: 'entered', ...bob, connection: 'c' },
    ];
    expect(brokenChecks(insertBefore('send', ...records).filter(({ type }) => type !== 'frame'))).toEqual([]);
  });

  it.each<[string, string, Occurrence[]]>([
    [
      'an acknowledged message that is not stored',
      'order',
      withLog([first], { type: 'left', ...ada, problem: undefined }),
    ],
    [
      'a message that is stored twice',
      'order',
      withLog([first, second, { ...second, seq: 3, messageId: 'm3' }]),
    ],
    ['a gap in the log', 'order', withLog([first, { ...second, seq: 3 }])],
    [
      'two clients that read different logs',
      'order',
      replace((record) => record.type === 'log' && record.client === 'bob', {
        ...{ type: 'log', ...bob, epoch: 'e' },
        entries: [
          { ...second, seq: 1 },
          { ...first, seq: 2 },
        ],
      }),
    ],
    [
      'a view with a gap',
      'views',
      replace((record) => record.type === 'receive' && record.entry.seq === 1 && record.client === 'bob'),
    ],
    [
      'a message that is shown twice',
      'views',
      insertBefore('faults end', { type: 'receive', ...bob, entry: second }),
    ],
    [
      'a message that is not in the log',
      'views',
      insertBefore('faults end', { type: 'receive', ...bob, entry: { ...second, seq: 3, messageId: 'm9' } }),
    ],
    [
      'a row of a closed connection',
      'rows',
      insertBefore('faults end', { type: 'stale row', connection: 'L0SM9cOFvHcCIhw=', room: ROOM }),
    ],
    [
      'a frame to a client that never joined',
      'audience',
      insertBefore('faults end', { type: 'frame', client: 'eve', room: ROOM, seq: 2, messageId: 'm2' }),
    ],
    ['an event for a user who does not follow the room', 'away', insertBefore('faults end', missed)],
    [
      'an event for a user who has ended following the room',
      'away',
      [
        ...insertBefore(
          'send',
          ...AWAY,
          { ...follows, type: 'follow', on: false },
          { ...follows, on: false },
        ),
        missed,
      ],
    ],
    [
      'an event for the sender of the message',
      'away',
      [
        ...withNotification(),
        { type: 'opened', client: 'bob', connection: 'b2' },
        { type: 'closed', client: 'bob', connection: 'b2' },
        { ...missed, seq: 2, messageId: 'm2' },
      ],
    ],
    ['an event for a follower who is connected', 'away', [...insertBefore('send', ...LEAVING), missed]],
    ['two events for one absence', 'away', withNotification({ ...missed, seq: 3, messageId: 'm3' })],
    [
      'a message to a banned user',
      'audience',
      [
        ...insertBefore(
          'send',
          { type: 'remove', ...ada, action: 'ban', user: 'g-b' },
          { type: 'removed', ...ada, action: 'ban', user: 'g-b' },
        ),
      ],
    ],
    [
      'a confirmed edit that is not in the log',
      'changes',
      insertBefore(
        'faults end',
        { type: 'change', ...ada, action: 'edit', seq: 1, text: 'new' },
        { type: 'changed', ...ada, action: 'edit', seq: 1, at: 3 },
      ).map((record) =>
        record.type === 'log'
          ? { ...record, entries: [first, second, { ...second, seq: 3, messageId: 'm3', text: 'x' }] }
          : record,
      ),
    ],
    [
      'a deleted message that keeps its text',
      'changes',
      withLog([first, second, { seq: 3, kind: 'deleted', messageId: 'm3', text: '', target: 1 }]),
    ],
    ['a reply to a message in another room', 'replies', withLog([first, { ...second, replyTo: 3 }])],
    [
      'an original message that is received as a reply',
      'replies',
      replace((record) => record.type === 'receive' && record.client === 'bob' && record.entry.seq === 2, {
        ...{ type: 'receive', ...bob },
        entry: { ...second, replyTo: 1 },
      }),
    ],
    [
      'a position that a client receives from a room that it never joined',
      'read positions',
      insertBefore('faults end', { type: 'read', client: 'eve', room: ROOM, positions: { 'g-a': 1 } }),
    ],
    [
      'a position after the end of the log',
      'read positions',
      insertBefore('faults end', { type: 'read', ...bob, positions: { 'g-a': 3 } }),
    ],
    [
      'a position that decreases',
      'read positions',
      [
        ...insertBefore('faults end', { type: 'read', ...bob, positions: { 'g-a': 2 } }),
        { type: 'positions', ...bob, positions: { 'g-a': 1 } },
      ],
    ],
    [
      'members who read different positions',
      'read positions',
      [
        ...HISTORY,
        { type: 'positions', ...ada, positions: { 'g-a': 1 } },
        { type: 'positions', ...bob, positions: { 'g-a': 2 } },
      ],
    ],
    [
      'a confirmed reaction that is not counted',
      'reactions',
      [
        ...insertBefore('faults end', { type: 'react', ...like }, { type: 'reacted', ...like }),
        { type: 'reactions', ...ada, seq: 1, counts: {} },
      ],
    ],
    [
      'a counted reaction that no user has added',
      'reactions',
      [...HISTORY, { type: 'reactions', ...ada, seq: 1, counts: { '👍': 1 } }],
    ],
    [
      'a reaction that is counted after its removal',
      'reactions',
      [
        ...insertBefore(
          'faults end',
          { type: 'react', ...like },
          { type: 'react', ...like, remove: true },
          { type: 'reacted', ...like, remove: true },
        ),
        { type: 'reactions', ...ada, seq: 1, counts: { '👍': 1 } },
      ],
    ],
    ['an event without a delivery', 'events', replace((record) => record.type === 'delivery')],
    [
      'a failed execution without a dead letter',
      'events',
      replace((record) => record.type === 'execution', {
        ...{ type: 'execution', event: 'event-1', status: 'FAILED', ...COMPLETE },
      }),
    ],
    [
      'a message that is acknowledged but never published',
      'events',
      replace((record) => record.type === 'published' && record.messageId === 'm2'),
    ],
    ...(['unreadPages', 'unpostedRows', 'failures'] as const).map((part): [string, string, Occurrence[]] => [
      `an execution that succeeds with ${part}`,
      'events',
      replace((record) => record.type === 'execution', {
        ...{ type: 'execution', event: 'event-1', status: 'SUCCEEDED', ...COMPLETE },
        [part]: 1,
      }),
    ]),
    [
      'a wrong member count',
      'counts',
      replace((record) => record.type === 'members', {
        ...{ type: 'members', ...ada, memberCount: 3 },
        users: ['g-a', 'g-b'],
      }),
    ],
    [
      'a member who is not in the room',
      'counts',
      replace((record) => record.type === 'members', {
        ...{ type: 'members', ...ada, memberCount: 3 },
        users: ['g-a', 'g-b', 'g-c'],
      }),
    ],
    [
      'a settled member who does not receive a message',
      'delivery',
      insertBefore('send', { type: 'entered', ...bob, connection: 'c' }).filter(
        ({ type }) => type !== 'frame',
      ),
    ],
    [
      'the deletion of the row of an open connection',
      'delivery',
      insertBefore('faults end', { type: 'row deleted', connection: 'c', isOpen: true }),
    ],
    [
      'a rate-limited join of an existing room',
      'limits',
      insertBefore('faults end', {
        ...{ type: 'problem', client: 'bob', action: 'joinRoom', problem: 'rate-limited' },
      }),
    ],
    [
      'a view that continues in the next log without reporting a loss',
      'views',
      [...HISTORY, { type: 'next day' }, { type: 'receive', ...bob, entry: second }],
    ],
    ['a send without a reply', 'liveness', replace((record) => record.type === 'ack' && record.id === 'two')],
    [
      'a client that never receives the end of the log',
      'liveness',
      replace((record) => record.type === 'view', { type: 'view', ...ada, lastSeq: 1 }),
    ],
    [
      'a request that fails after the faults have ended',
      'liveness',
      insertBefore('log', { type: 'refused', ...ada, action: 'audit', problem: 'late' }),
    ],
  ])('reports %s', (_, check, history) => {
    expect(brokenChecks(history)).toContain(check);
  });
});
