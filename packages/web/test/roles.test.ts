import { isModerator, lowerRoles } from '../src/chat/roles';

describe('roles', () => {
  it.each([
    ['owner', true, ['reader', 'member', 'moderator']],
    ['moderator', true, ['reader', 'member']],
    ['member', false, []],
    ['reader', false, []],
  ] as const)('returns the rights of the role %s: moderates %s, lower roles %j', (role, moderates, lower) => {
    expect(isModerator(role)).toBe(moderates);
    expect(lowerRoles(role)).toEqual(lower);
  });
});
