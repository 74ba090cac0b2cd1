import { findMentionStart, suggestMentions } from '../src/chat/mention-suggestions';

const toUser = (username: string) => ({ userId: `id of ${username}`, username });

describe('findMentionStart', () => {
  it.each([
    ['@', 0, ''],
    ['hello @Ad', 6, 'Ad'],
    ['@Ada Lov', 0, 'Ada Lov'],
    ['(@a', 1, 'a'],
    ['@Ada @B', 5, 'B'],
    ['one\n@李', 4, '李'],
  ])('finds a mention in %j', (text, index, name) => {
    expect(findMentionStart(text, text.length)).toEqual({ index, name });
  });

  it.each(['', 'Ada', 'ada@example', 'ä@b', '@@', '@Ada\nhello'])('finds no mention in %j', (text) => {
    expect(findMentionStart(text, text.length)).toBeUndefined();
  });

  it('reads only the text before the cursor', () => {
    expect(findMentionStart('@Ada and Bob', 3)).toEqual({ index: 0, name: 'Ad' });
  });
});

describe('suggestMentions', () => {
  it.each([
    ['a', ['Ada', 'Ada Lovelace', 'Ángel', 'Mary Ann']],
    ['ADA', ['Ada', 'Ada Lovelace']],
    ['ada l', ['Ada Lovelace']],
    ['love', ['Ada Lovelace']],
    ['ange', ['Ángel']],
    ['', ['Ada', 'Ada Lovelace', 'Ángel', 'Mary Ann', 'Zoë']],
    ['da', []],
    [' ', []],
    ['Ada says', []],
  ])('suggests for %j: %j', (typed, expected) => {
    const users = ['Zoë', 'Mary Ann', 'Ada Lovelace', 'Ángel', 'Ada'].map(toUser);
    expect(suggestMentions(typed, users).map(({ username }) => username)).toEqual(expected);
  });

  it('suggests at most five names', () => {
    const users = ['A1', 'A2', 'A3', 'A4', 'A5', 'A6'].map(toUser);
    expect(suggestMentions('a', users)).toHaveLength(5);
  });

  it('omits a complete name, unless another name starts with it', () => {
    expect(suggestMentions('bob', ['Bob', 'Ada'].map(toUser))).toEqual([]);
    expect(suggestMentions('bob', ['Bob', 'Bobby'].map(toUser))).toHaveLength(2);
  });
});
