import { countReactions, isSameCount, MAX_EMOJIS } from './count-reactions';

const by = (userId: string, at: number, ...emojis: string[]) => ({ userId, emojis, at });

describe('countReactions', () => {
  it('counts the users of each emoji, the earliest reaction first', () => {
    const users = [by('cleo', 30, '🎉'), by('ada', 10, '👍'), by('bob', 20, '👀', '👍')];
    expect(countReactions(users)).toEqual([
      { emoji: '👍', count: 2 },
      { emoji: '👀', count: 1 },
      { emoji: '🎉', count: 1 },
    ]);
  });

  it('keeps the positions of the previous counts, and omits emoji that nobody uses any more', () => {
    const before = [
      { emoji: '🎉', count: 3 },
      { emoji: '👀', count: 1 },
    ];
    const users = [by('ada', 10, '👍'), by('bob', 20, '🎉')];
    expect(countReactions(users, before)).toEqual([
      { emoji: '🎉', count: 1 },
      { emoji: '👍', count: 1 },
    ]);
  });

  it('returns the first emoji if there are too many', () => {
    const emojis = Array.from({ length: MAX_EMOJIS + 1 }, (_, index) =>
      String.fromCodePoint(0x1f600 + index),
    );
    const counts = countReactions(emojis.map((emoji, index) => by(`user-${index}`, index, emoji)));
    expect(counts.map(({ emoji }) => emoji)).toEqual(emojis.slice(0, MAX_EMOJIS));
  });
});

describe('isSameCount', () => {
  const counts = [
    { emoji: '👍', count: 2 },
    { emoji: '🎉', count: 1 },
  ];

  it('is true for equal counts', () => {
    expect(isSameCount(counts, structuredClone(counts))).toBe(true);
    expect(isSameCount([], [])).toBe(true);
  });

  it.each([
    ['an emoji', [counts[0], { emoji: '👀', count: 1 }]],
    ['a count', [counts[0], { emoji: '🎉', count: 2 }]],
    ['the order', [counts[1], counts[0]]],
    ['the number of emoji', [counts[0]]],
    ['all emoji', []],
  ])('is false if %s differs', (_, others) => {
    expect(isSameCount(counts, others as typeof counts)).toBe(false);
    expect(isSameCount(others as typeof counts, counts)).toBe(false);
  });
});
