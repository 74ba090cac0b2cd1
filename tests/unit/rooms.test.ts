import {
  audienceKeys,
  CONNECTION_TTL_SECONDS,
  createEpoch,
  EVERYONE,
  isRoomName,
  LOBBY,
  memberKey,
  roomShard,
} from '../../functions/chat/rooms';

describe('isRoomName', () => {
  it.each([
    ['lobby', true],
    ['483920117', true],
    ['100000000', true],
    ['999999999', true],
    ['048392011', false],
    ['48392011', false],
    ['4839201170', false],
    ['x483920117', false],
    ['483920117\n', false],
    ['48392011x', false],
    ['Lobby', false],
    ['@everyone', false],
    ['', false],
    [483_920_117, false],
    [['483920117'], false],
    [undefined, false],
  ])('of %j is %s', (value, expected) => {
    expect(isRoomName(value)).toBe(expected);
  });
});

describe('room names', () => {
  it('are part of the protocol and of the stored data', () => {
    expect([LOBBY, EVERYONE]).toEqual(['lobby', '@everyone']);
  });
});

describe('CONNECTION_TTL_SECONDS', () => {
  it('is ten minutes above the longest connection', () => {
    expect(CONNECTION_TTL_SECONDS).toBe(7800);
  });
});

describe('createEpoch', () => {
  it('returns a new value each time, safe in URLs', () => {
    const epochs = Array.from({ length: 100 }, createEpoch);
    expect(new Set(epochs).size).toBe(100);
    for (const epoch of epochs) expect(epoch).toMatch(/^[\w-]{12}$/);
  });
});

describe('index keys', () => {
  it('keep the connections of a user together, and use every shard', () => {
    const shards = Array.from({ length: 100 }, (_, index) => roomShard('lobby', `g-${index}`, 3));
    expect(new Set(shards)).toEqual(new Set(audienceKeys('lobby', 3)));
    expect(roomShard('lobby', 'g-7', 3)).toBe(shards[7]);
    expect(audienceKeys('lobby', 3)).toEqual(['lobby#0', 'lobby#1', 'lobby#2']);
    expect(memberKey('g-1', 'c')).toBe('g-1#c');
  });
});
