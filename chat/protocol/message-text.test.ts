import { checkText, isWellFormed } from './message-text';

const controls = ['\u0000', '\u0008', '\u000b', '\u000c', '\u000e', '\u001b', '\u001f', '\u007f', '\u009f'];

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

  it.each(['', ' ', '\t\n', '\u200b\u200d', '\u2028', '\ufe0f', '\u034f', '\u2800', '\u3164 \uffa0'])(
    'rejects the blank text %j',
    (text) => {
      expect(() => checkText(text, 100)).toThrow(
        expect.objectContaining({ type: 'invalid-frame', detail: 'The message text is empty.' }),
      );
    },
  );

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

  it.each(['a\rb', '\rb', 'a\r', 'a\r\r\nb', 'a\n\rb'])('rejects the carriage return in %j', (text) => {
    expect(() => checkText(text, 100)).toThrow('control characters');
  });

  it.each(['a\r\nb', '\r\nb', 'a\r\n\r\nb', 'a\nb'])('accepts the line breaks in %j', (text) => {
    expect(() => checkText(text, 100)).not.toThrow();
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
