import { checkText, isRoomTitle, isUsername, isWellFormed } from './text';

const controls = ['\u0000', '\u0008', '\u000b', '\u000c', '\u000e', '\u001b', '\u001f', '\u007f', '\u009f'];
const invisible = ['\u200b', '\u202e', '\u2066', '\ufeff'];

describe('checkText', () => {
  it.each(['hello', 'a\tb', 'a\nb', 'a\r\nb', '~', '\u00a0é', '👩‍🚀', 'a\u200bb'])('accepts %j', (text) => {
    expect(() => checkText(text, 100)).not.toThrow();
  });

  it.each(controls.map((character) => `a${character}b`))('rejects the control character in %j', (text) => {
    expect(() => checkText(text, 100)).toThrow(
      expect.objectContaining({
        type: 'invalid-frame',
        detail: 'The text contains control characters. Only tabs and line breaks are allowed.',
      }),
    );
  });

  it.each(['', ' ', '\t\n', '\u200b\u200d', '\u2028'])('rejects the blank text %j', (text) => {
    expect(() => checkText(text, 100)).toThrow(
      expect.objectContaining({ type: 'invalid-frame', detail: 'The message text is empty.' }),
    );
  });

  it('rejects an unpaired surrogate', () => {
    expect(() => checkText('a\ud800', 100)).toThrow(
      expect.objectContaining({
        type: 'invalid-frame',
        detail: 'The text is not valid Unicode: it contains an unpaired surrogate.',
      }),
    );
  });

  it('limits the bytes in UTF-8', () => {
    expect(() => checkText('éé', 4)).not.toThrow();
    expect(() => checkText('ééé', 5)).toThrow(
      expect.objectContaining({
        type: 'too-large',
        detail: 'The text has 6 bytes in UTF-8. The limit is 5 bytes.',
      }),
    );
  });
});

describe.each([
  ['isUsername', isUsername, 32],
  ['isRoomTitle', isRoomTitle, 64],
] as const)('%s', (_, isValid, maxLength) => {
  it.each(['A', 'Ada Lovelace', '李', '👩‍🚀', 'x'.repeat(maxLength), '🚀'.repeat(maxLength)])(
    'accepts %j',
    (name) => {
      expect(isValid(name)).toBe(true);
    },
  );

  it.each([
    ...['', ' ', '\u200d', 'x'.repeat(maxLength + 1), '🚀'.repeat(maxLength + 1), 'a\ud800'],
    ...['a\tb', 'a\rb', 'a\nb', 'a\u2028b', 'a\u2029b'],
    ...[...controls, ...invisible].map((character) => `a${character}b`),
  ])('rejects %j', (name) => {
    expect(isValid(name)).toBe(false);
  });
});

describe('isWellFormed', () => {
  it('detects unpaired surrogates', () => {
    expect([isWellFormed('🚀'), isWellFormed('\ud83d'), isWellFormed('\ude80a')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
