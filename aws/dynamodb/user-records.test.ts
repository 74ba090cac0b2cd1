import { type RecordType, toUserData, typeOfRecord } from './user-records';

const USER = 'g-ada';
const OTHER = 'g-ada2';
const ROOM = '483920117';

describe('typeOfRecord', () => {
  it.each<[RecordType, object]>([
    ['entry', { pk: `room#${ROOM}`, sk: 'entry#e#000000000000001', userId: USER }],
    ['room', { pk: `room#${ROOM}`, sk: 'room', owner: USER }],
    ['room', { pk: `room#${ROOM}`, sk: 'room', users: [USER, 'g-bob'] }],
    ['room', { pk: `room#${ROOM}`, sk: 'room', users: ['g-bob', USER] }],
    ['addressBan', { pk: `room#${ROOM}`, sk: 'standing#a-1', bannedWith: USER }],
    ['invite', { pk: `room#${ROOM}`, sk: 'invite#hash', by: { userId: USER } }],
    ['session', { pk: 'session#1', sk: 'session', userId: USER }],
    ['directRoom', { pk: `direct#${USER}#g-bob`, sk: 'direct' }],
    ['activity', { pk: `user#${USER}`, sk: 'budgets' }],
  ])('recognizes the %s %j, but not of another user', (type, item) => {
    expect(typeOfRecord({ ...item } as never, USER)).toBe(type);
    const ofOther = JSON.parse(JSON.stringify(item).replaceAll(USER, OTHER));
    expect(typeOfRecord(ofOther, USER)).toBeUndefined();
  });

  it('ignores rooms of other users', () => {
    expect(typeOfRecord({ pk: `room#${ROOM}`, sk: 'room' }, USER)).toBeUndefined();
  });
});

describe('toUserData', () => {
  it('returns the name of a room, but not of a direct room, because it contains the name of the other user', () => {
    const item = { pk: `room#${ROOM}`, sk: 'room', room: ROOM, name: 'Tea kitchen', epoch: 'e', seq: 1 };
    expect(toUserData('room', { ...item, kind: 'invite', owner: USER }, USER)).toEqual({
      ...{ type: 'room', room: ROOM, kind: 'invite', name: 'Tea kitchen', isOwner: true },
    });
    const direct = { ...item, kind: 'direct', users: [USER, 'g-bob'] };
    expect(toUserData('room', direct, USER)).toEqual({
      ...{ type: 'room', room: ROOM, kind: 'direct', isOwner: false, hasOpened: false, hasBlocked: false },
    });
    const opened = { openedBy: new Set([USER]), blockedBy: new Set(['g-bob']) };
    expect(toUserData('room', { ...direct, ...opened }, USER)).toMatchObject({
      ...{ hasOpened: true, hasBlocked: false },
    });
  });

  it('returns the terms of a standing and of an invite', () => {
    const standing = { role: 'moderator', bannedUntil: 5, bannedName: 'Ada', expiresAt: 9 };
    const item = { pk: `room#${ROOM}`, sk: `standing#${USER}`, version: 3, ...standing };
    expect(toUserData('standing', item, USER)).toEqual({ type: 'standing', room: ROOM, ...standing });
    expect(toUserData('addressBan', item, USER)).toEqual({ type: 'addressBan', room: ROOM, ...standing });
    const invite = { room: ROOM, by: { userId: USER }, role: 'member', usesLeft: 2, expiresAt: 9 };
    expect(toUserData('invite', { pk: `room#${ROOM}`, sk: 'invite#hash', ...invite }, USER)).toEqual({
      ...{ type: 'invite', ...invite },
    });
  });

  it('returns sets as arrays', () => {
    const item = { pk: `user#${USER}`, sk: 'budgets', connections: new Set(['c1', 'c2']), credit: 3 };
    expect(toUserData('activity', item, USER)).toEqual({
      ...{ type: 'activity', key: `user#${USER}`, connections: ['c1', 'c2'], credit: 3 },
    });
  });
});
