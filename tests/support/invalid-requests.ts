export type Fields = Record<string, unknown>;

const UNKNOWN_ROOM = '483920117';
/** A placeholder for an existing room that the sender has not joined. */
export const OTHER_ROOM = 'other room';
/** A placeholder for the sender's room. */
export const OWN_ROOM = 'own room';

const encodeCursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const invalidRooms: [string, unknown][] = [
  ['as a number', 483920117],
  ['as null', null],
  ['as a word', 'kitchen'],
  ['of eight digits', '48392011'],
  ['of ten digits', '4839201170'],
  ['with a leading zero', '048392011'],
  ['with a trailing space', `${UNKNOWN_ROOM} `],
  ['that is the reserved room of all connections', '@everyone'],
  ['as an object', { room: UNKNOWN_ROOM }],
];
const invalidNames: [string, unknown][] = [
  ['as a number', 7],
  ['as null', null],
  ['that is empty', ''],
  ['that is blank', ' \t'],
  ['with a line break', 'a\nb'],
  ['with an escape sequence', '\u001b[2Jx'],
  ['with a lone surrogate', 'x\ud800'],
  ['with a right-to-left override', 'x\u202ey'],
];
const invalidSeqs: [string, unknown][] = [
  ['as a string', '1'],
  ['that is negative', -1],
  ['with a fraction', 1.5],
  ['as null', null],
  ['above the safe integers', 2 ** 53],
];

const describeEach = (
  values: [string, unknown][],
  field: string,
  toFields: (value: unknown) => Fields,
): [string, Fields][] => values.map(([description, value]) => [`${field} ${description}`, toFields(value)]);
export const inOwnRoom = (fields: Fields) => ({ room: OWN_ROOM, ...fields });
const joinOther = (fields: Fields) => ({ room: OTHER_ROOM, ...fields });

/** The fields of invalid requests, by action. */
export const invalidRequests: Record<string, [string, Fields][]> = {
  createRoom: [
    ...describeEach(invalidNames, 'a name', (name) => ({ name })),
    ['a name of 65 characters', { name: 'x'.repeat(65) }],
    ...describeEach(invalidNames, 'a username', (username) => ({ username })),
    ['a username of 33 characters', { username: 'x'.repeat(33) }],
  ],
  joinRoom: [
    ['no room', {}],
    ...describeEach(invalidRooms, 'a room', (room) => ({ room })),
    ...describeEach(invalidNames, 'a username', (username) => joinOther({ username })),
    ['a username of 33 characters', joinOther({ username: 'x'.repeat(33) })],
    ['a resume as a string', joinOther({ resume: 'all' })],
    ['a resume as null', joinOther({ resume: null })],
    ['a resume without epoch', joinOther({ resume: { lastSeq: 0 } })],
    ['a resume without lastSeq', joinOther({ resume: { epoch: 'e' } })],
    ['an epoch as a number', joinOther({ resume: { epoch: 1, lastSeq: 0 } })],
    ['an epoch of 65 characters', joinOther({ resume: { epoch: 'e'.repeat(65), lastSeq: 0 } })],
    ...describeEach(invalidSeqs, 'a lastSeq', (lastSeq) => joinOther({ resume: { epoch: 'e', lastSeq } })),
  ],
  leaveRoom: describeEach(invalidRooms, 'a room', (room) => ({ room })),
  history: [
    ...describeEach(invalidRooms, 'a room', (room) => ({ room })),
    ...describeEach(invalidSeqs, 'an after', (after) => inOwnRoom({ after })),
    ...describeEach(invalidSeqs, 'a before', (before) => inOwnRoom({ before })),
    ...describeEach(invalidSeqs, 'a limit', (limit) => inOwnRoom({ limit })),
    ['a limit of 0', inOwnRoom({ limit: 0 })],
    ['a limit of 101', inOwnRoom({ limit: 101 })],
    ['both after and before', inOwnRoom({ after: 1, before: 3 })],
  ],
  members: [
    ...describeEach(invalidRooms, 'a room', (room) => ({ room })),
    ['a cursor as a number', inOwnRoom({ cursor: 1 })],
    ['a cursor as null', inOwnRoom({ cursor: null })],
    ['an empty cursor', inOwnRoom({ cursor: '' })],
    ['a cursor of 257 characters', inOwnRoom({ cursor: 'A'.repeat(257) })],
    ['a cursor that is not base64', inOwnRoom({ cursor: '%%%' })],
    ['a cursor of another shape', inOwnRoom({ cursor: encodeCursor({ shard: 0 }) })],
    ['a cursor past the last index key', inOwnRoom({ cursor: encodeCursor([1, null]) })],
    ['a cursor before the first index key', inOwnRoom({ cursor: encodeCursor([-1, null]) })],
    ['a cursor with a number as its key', inOwnRoom({ cursor: encodeCursor([0, 7]) })],
  ],
  ping: [],
};

/** Requests for a room that does not exist or that the sender has not joined. */
export const foreignRoomRequests: [string, Fields][] = [
  ['joinRoom', { room: UNKNOWN_ROOM }],
  ...['leaveRoom', 'history', 'members'].flatMap((action): [string, Fields][] => [
    [action, { room: UNKNOWN_ROOM }],
    [action, { room: OTHER_ROOM }],
  ]),
];
