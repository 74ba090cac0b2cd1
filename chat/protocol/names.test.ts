import { createMemoryBackend } from '../../tests/support/memory';
import { connect } from '../identity/open-connection';
import { createRoom } from '../rooms/new-room';
import { checkText, isUsername, normalizeName } from './text';

describe('isUsername', () => {
  it.each([
    ['a Hangul filler', '\u3164'],
    ['a half-width Hangul filler', '\uffa0'],
    ['a Hangul choseong filler', '\u115f'],
    ['a Braille pattern without dots', '\u2800'],
    ['a combining mark alone', '\u0301'],
    ['several combining marks', '\u0301\u0323'],
    ['a variation selector', '\ufe0f'],
    ['a combining grapheme joiner', '\u034f'],
    ['a Mongolian vowel separator', '\u180e'],
    ['a tag character', '\u{e0041}'],
    ['a joiner alone', '\u200d'],
    ['the name of the reader', 'You'],
    ['the name of the reader in capitals', 'YOU'],
  ])('rejects %s', (_, name) => {
    expect(isUsername(normalizeName(name))).toBe(false);
  });

  it.each(['Ada', 'e\u0301', '👩‍🚀', '❤️', '李', 'ㅇㅇ', 'Yousef', 'You2', '.', '¿'])('accepts %j', (name) => {
    expect(isUsername(normalizeName(name))).toBe(true);
  });
});

describe('names', () => {
  it.each([
    ['Ａｄａ', 'Ada'],
    ['ﬁn', 'fin'],
    ['e\u0301', '\u00e9'],
    [' Ⓐda ', 'Ada'],
  ])('are stored in NFKC: %j', async (requested, stored) => {
    const { deps } = createMemoryBackend();
    const handshake = { connectionId: 'c1', sourceIp: '192.0.2.1', subprotocols: ['roomcast.v1'] };
    const identity = await connect(deps, { ...handshake, query: { username: requested } });
    expect(identity.username).toBe(stored);
    expect((await createRoom(deps, 'c1', { username: requested })).you.username).toBe(stored);
  });

  it('cannot reserve the name of the reader in other characters', async () => {
    const { deps } = createMemoryBackend();
    const handshake = { connectionId: 'c1', sourceIp: '192.0.2.1', subprotocols: ['roomcast.v1'] };
    await expect(connect(deps, { ...handshake, query: { username: 'Ｙｏｕ' } })).rejects.toMatchObject({
      type: 'invalid-frame',
    });
  });
});

describe('checkText', () => {
  it.each(['a\rb', '\rb', 'a\r', 'a\r\r\nb', 'a\n\rb'])('rejects the carriage return in %j', (text) => {
    expect(() => checkText(text, 100)).toThrow('control characters');
  });

  it.each(['a\r\nb', '\r\nb', 'a\r\n\r\nb', 'a\nb'])('accepts the line breaks in %j', (text) => {
    expect(() => checkText(text, 100)).not.toThrow();
  });
});
