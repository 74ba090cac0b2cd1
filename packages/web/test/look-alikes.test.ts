import { findLookAlikes, getSkeleton } from '../src/chat/look-alikes';

const user = (userId: string, username: string) => ({ userId, username });

describe('the skeleton of a name', () => {
  it.each([
    ['Ada', 'Аdа', 'Cyrillic letters'],
    ['paypal', 'раураl', 'Cyrillic letters'],
    ['Bill', 'BiIl', 'a capital I'],
    ['Bob1', 'Bobl', 'a digit'],
    ['modern', 'rnodern', 'r and n'],
    ['Ada', 'ADA', 'capital letters'],
    ['José', 'Jose\u0301', 'a combining accent'],
    ['Ada L', 'Ada  L', 'two spaces'],
    ['👩‍🚀 Ada', '👩🚀 Ada', 'an invisible joiner'],
  ])('is the same for %s and %s, which has %s', (name, imitation) => {
    expect(getSkeleton(imitation)).toBe(getSkeleton(name));
    expect(getSkeleton(imitation)).toBe(getSkeleton(name)); // cached
  });

  it.each([
    ['Ada', 'Adam'],
    ['José', 'Jose'],
    ['Юля', 'Ada'],
    ['Ada L', 'AdaL'],
    ['', 'a'],
  ])('differs for %s and %s', (name, other) => {
    expect(getSkeleton(other)).not.toBe(getSkeleton(name));
  });
});

describe('findLookAlikes', () => {
  it('returns all users with the same skeleton, but no single user with several names', () => {
    const users = [
      user('g-1', 'Ada'),
      user('g-2', 'Аda'),
      user('g-3', 'Bob'),
      user('g-3', 'B0b'),
      user('g-3', 'Bob'),
      user('g-4', 'Eve'),
    ];
    expect([...findLookAlikes(users)].sort()).toEqual(['g-1', 'g-2']);
    expect(findLookAlikes([]).size).toBe(0);
  });

  it('returns correct results with more names than it caches', () => {
    const users = Array.from({ length: 3000 }, (_, index) => user(`g-${index}`, `name ${index}`));
    expect(findLookAlikes([...users, user('g-x', 'name 2999'), user('g-y', 'name 0')]).size).toBe(4);
  });
});
