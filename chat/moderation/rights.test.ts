import type { Rights } from '../types';
import { areSameRights } from './rights';

const ONE: Rights = { rooms: { 100000001: 'reader' } };

describe('areSameRights', () => {
  it.each<[string, Rights | undefined, Rights | undefined]>([
    ['no rights', undefined, undefined],
    ['no rights and empty rights', undefined, {}],
    ['no rights and no rooms', {}, { rooms: {} }],
    ['no rights and false', undefined, { admin: false }],
    ['administrators', { admin: true }, { admin: true }],
    ['equal roles', ONE, { rooms: { 100000001: 'reader' } }],
    [
      'rooms in another order',
      { rooms: { lobby: 'owner', general: 'reader' } },
      { rooms: { general: 'reader', lobby: 'owner' } },
    ],
    ['attributes in another order', { admin: true, ...ONE }, { ...ONE, admin: true }],
  ])('returns true for %s', (_, a, b) => {
    expect(areSameRights(a, b)).toBe(true);
    expect(areSameRights(b, a)).toBe(true);
  });

  it.each<[string, Rights | undefined, Rights | undefined]>([
    ['an administrator and a user', { admin: true }, undefined],
    ['an administrator and a user with the same rooms', { admin: true, ...ONE }, ONE],
    ['one room and none', ONE, undefined],
    ['another role', ONE, { rooms: { 100000001: 'owner' } }],
    ['another room', ONE, { rooms: { 100000002: 'reader' } }],
    ['one more room', ONE, { rooms: { ...ONE.rooms, 100000002: 'reader' } }],
  ])('returns false for %s', (_, a, b) => {
    expect(areSameRights(a, b)).toBe(false);
    expect(areSameRights(b, a)).toBe(false);
  });
});
