export type Fields = Record<string, unknown>;

const UNKNOWN = '483920117';
/** Stands for the number of a room that exists, and that the asker is not in. */
export const ELSEWHERE = 'elsewhere';
/** Stands for the number of the room that the asker is in. */
export const HERE = 'here';

const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const badRooms: [string, unknown][] = [
  ['that is a number', 483920117],
  ['that is null', null],
  ['that is a word', 'kitchen'],
  ['of eight digits', '48392011'],
  ['of ten digits', '4839201170'],
  ['that begins with zero', '048392011'],
  ['with a blank after it', `${UNKNOWN} `],
  ['that is the audience of everyone', '@everyone'],
  ['that is an object', { room: UNKNOWN }],
];
const badNames: [string, unknown][] = [
  ['that is a number', 7],
  ['that is null', null],
  ['that is empty', ''],
  ['that is blank', ' \t'],
  ['with a line break in it', 'a\nb'],
  ['with an escape sequence', '\u001b[2Jx'],
  ['with half a surrogate pair', 'x\ud800'],
  ['that runs from right to left', 'x\u202ey'],
];
const badSeqs: [string, unknown][] = [
  ['that is a string', '1'],
  ['that is negative', -1],
  ['that is a fraction', 1.5],
  ['that is null', null],
  ['past what a number can tell apart', 2 ** 53],
];

const each = (
  values: [string, unknown][],
  what: string,
  fields: (value: unknown) => Fields,
): [string, Fields][] => values.map(([how, value]) => [`${what} ${how}`, fields(value)]);
export const inRoom = (fields: Fields) => ({ room: HERE, ...fields });

/** Frames that are not valid, by action. */
export const invalid: Record<string, [string, Fields][]> = {
  createRoom: [
    ...each(badNames, 'a name', (name) => ({ name })),
    ['a name of 65 characters', { name: 'x'.repeat(65) }],
    ...each(badNames, 'a username', (username) => ({ username })),
    ['a username of 33 characters', { username: 'x'.repeat(33) }],
  ],
  joinRoom: [
    ['no room', {}],
    ...each(badRooms, 'a room', (room) => ({ room })),
    ...each(badNames, 'a username', (username) => ({ room: ELSEWHERE, username })),
    ['a username of 33 characters', { room: ELSEWHERE, username: 'x'.repeat(33) }],
    ['a resume that is a string', { room: ELSEWHERE, resume: 'all' }],
    ['a resume that is null', { room: ELSEWHERE, resume: null }],
    ['a resume without epoch', { room: ELSEWHERE, resume: { lastSeq: 0 } }],
    ['a resume without lastSeq', { room: ELSEWHERE, resume: { epoch: 'e' } }],
    ['a resume whose epoch is a number', { room: ELSEWHERE, resume: { epoch: 1, lastSeq: 0 } }],
    ['a resume whose epoch is too long', { room: ELSEWHERE, resume: { epoch: 'e'.repeat(65), lastSeq: 0 } }],
    ...each(badSeqs, 'a lastSeq', (lastSeq) => ({ room: ELSEWHERE, resume: { epoch: 'e', lastSeq } })),
  ],
  leaveRoom: each(badRooms, 'a room', (room) => ({ room })),
  history: [
    ...each(badRooms, 'a room', (room) => ({ room })),
    ...each(badSeqs, 'an after', (after) => inRoom({ after })),
    ...each(badSeqs, 'a before', (before) => inRoom({ before })),
    ...each(badSeqs, 'a limit', (limit) => inRoom({ limit })),
    ['a limit of 0', inRoom({ limit: 0 })],
    ['a limit of 101', inRoom({ limit: 101 })],
    ['both after and before', inRoom({ after: 1, before: 3 })],
  ],
  members: [
    ...each(badRooms, 'a room', (room) => ({ room })),
    ['a cursor that is a number', inRoom({ cursor: 1 })],
    ['a cursor that is null', inRoom({ cursor: null })],
    ['an empty cursor', inRoom({ cursor: '' })],
    ['a cursor that is too long', inRoom({ cursor: 'A'.repeat(257) })],
    ['a cursor that is no base64', inRoom({ cursor: '%%%' })],
    ['a cursor of another shape', inRoom({ cursor: cursor({ shard: 0 }) })],
    ['a cursor past the last index key', inRoom({ cursor: cursor([1, null]) })],
    ['a cursor before the first', inRoom({ cursor: cursor([-1, null]) })],
    ['a cursor after a number', inRoom({ cursor: cursor([0, 7]) })],
  ],
  ping: [],
};

/** Requests about a room that is none to the asker, whether or not it exists. */
export const foreign: [string, Fields][] = [
  ['joinRoom', { room: UNKNOWN }],
  ...['leaveRoom', 'history', 'members'].flatMap((action): [string, Fields][] => [
    [action, { room: UNKNOWN }],
    [action, { room: ELSEWHERE }],
  ]),
];
