import { mentionPattern, mentionsUser, namesAt } from '../src/chat/mentions';

describe('mentions', () => {
  it.each([
    ['@Ada', 'Ada'],
    ['well, @ada?', 'Ada'],
    ['@[a-z]+ (x)', '[a-z]+ (x)'],
    ['@José-María', 'José-María'],
    ['@李雷 你好', '李雷'],
  ])('finds in %j a mention of %s', (text, username) => {
    expect(mentionsUser(text, [username])).toBe(true);
  });

  it.each([
    ['Ada', 'Ada'],
    ['@Adam', 'Ada'],
    ['@Ada_2', 'Ada'],
    ['x@Ada', 'Ada'],
    ['@@Ada', 'Ada'],
    ['@abc', '[a-z]+'],
    ['@Josx', 'Jos.'],
  ])('finds in %j no mention of %s', (text, username) => {
    expect(mentionsUser(text, [username])).toBe(false);
  });

  it('matches a former name only in messages sent while it was in use', () => {
    const formerNames = [
      { username: 'Ada', until: 10 },
      { username: 'Adele', until: 20 },
    ];
    expect([10, 11, 21].map((ts) => namesAt(ts, 'Max', formerNames))).toEqual([
      ['Max', 'Ada', 'Adele'],
      ['Max', 'Adele'],
      ['Max'],
    ]);
  });

  it('matches the longest of several names', () => {
    const [mention] = '@Ada Lovelace!'.match(mentionPattern(['Ada', 'Ada Lovelace'])) ?? [];
    expect(mention).toBe('@Ada Lovelace');
  });
});
