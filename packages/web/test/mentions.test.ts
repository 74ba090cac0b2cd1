import { mentionsUser } from '../src/chat/mentions';

describe('mentions', () => {
  it.each([
    ['@Ada', 'Ada'],
    ['well, @ada?', 'Ada'],
    ['@[a-z]+ (x)', '[a-z]+ (x)'],
    ['@José-María', 'José-María'],
    ['@李雷 你好', '李雷'],
  ])('finds in %j a mention of %s', (text, username) => {
    expect(mentionsUser(text, username)).toBe(true);
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
    expect(mentionsUser(text, username)).toBe(false);
  });
});
