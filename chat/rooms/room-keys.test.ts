import {
  audienceKeys,
  CONNECTION_TTL_SECONDS,
  createEpoch,
  EVERYONE,
  isRoomName,
  LOBBY,
  logEpoch,
  logNumber,
  memberKey,
  requiredShards,
  roomIdentity,
  roomShard,
  shardHistory,
  shardsForNewRows,
} from './room-keys';

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
  ])('returns for %j: %s', (value, expected) => {
    expect(isRoomName(value)).toBe(expected);
  });
});

describe('room names', () => {
  it('do not change, because the protocol and the stored data contain them', () => {
    expect([LOBBY, EVERYONE]).toEqual(['lobby', '@everyone']);
  });
});

describe('CONNECTION_TTL_SECONDS', () => {
  it('is ten minutes longer than the longest connection', () => {
    expect(CONNECTION_TTL_SECONDS).toBe(7800);
  });
});

describe('createEpoch', () => {
  it('returns a new, URL-safe value each time', () => {
    const epochs = Array.from({ length: 100 }, createEpoch);
    expect(new Set(epochs).size).toBe(100);
    for (const epoch of epochs) expect(epoch).toMatch(/^[\w-]{12}$/);
  });
});

describe('logEpoch', () => {
  it.each([
    ['q3Vb0cUeXz9L', 0],
    ['q3Vb0cUeXz9L.1', 1],
    ['q3Vb0cUeXz9L.12', 12],
  ])('returns %s for log %i, and keeps the identity', (epoch, log) => {
    expect(logEpoch('q3Vb0cUeXz9L', log)).toBe(epoch);
    expect([roomIdentity(epoch), logNumber(epoch)]).toEqual(['q3Vb0cUeXz9L', log]);
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

describe('requiredShards', () => {
  it.each([
    [1, 0, 1],
    [1, 1000, 1],
    [1, 1001, 2],
    [2, 1001, 2],
    [2, 2001, 4],
    [1, 2001, 4],
    [4, 4000, 4],
    [4, 4001, 8],
    [1, 1_000_000, 8],
    [8, 1_000_000, 8],
    [3, 3001, 6],
    [8, 1, 8],
  ])('returns for %i shards and %i members: %i', (shards, memberCount, expected) => {
    expect(requiredShards({ shards }, memberCount)).toBe(expected);
  });
});

describe('shardsForNewRows', () => {
  const grown = { shards: 4, formerShards: 2, grownAt: 1000 };

  it.each([
    ['that has just grown', grown, 1000, 2],
    ['that grew 29,999 ms ago', grown, 30_999, 2],
    ['that grew 30 s ago', grown, 31_000, 4],
    ['that grew according to a clock that is ahead', grown, 900, 2],
    ['that has never grown', { shards: 4 }, 1000, 4],
  ])('returns the number of keys for a room %s', (_, room, now, expected) => {
    expect(shardsForNewRows(room, now)).toBe(expected);
  });
});

describe('shardHistory', () => {
  it.each([
    [0, 1, [0]],
    [5, 6, [5, 2]],
    [2, 3, [2]],
    [7, 8, [7, 3, 1, 0]],
    [4, 8, [4, 0]],
    [0, 16, [0]],
  ])('returns for shard %i of %i: %j', (shard, shards, expected) => {
    expect(shardHistory(shard, shards)).toEqual(expected);
  });

  it('contains every key that the users of the shard have had', () => {
    for (let index = 0; index < 100; index += 1) {
      const [now, ...earlier] = [16, 8, 4, 2, 1].map((shards) =>
        Number(roomShard('1', `g-${index}`, shards).slice(2)),
      );
      expect(shardHistory(now as number, 16)).toEqual([...new Set([now, ...earlier])]);
    }
  });
});
