import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { createRoom } from '../rooms/new-room';
import { isRoomTitle, isUsername, normalizeName } from './names';

const controls = ['\u0000', '\u0008', '\u000b', '\u000c', '\u000e', '\u001b', '\u001f', '\u007f', '\u009f'];
const invisible = ['\u200b', '\u202e', '\u2066', '\ufeff'];

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
    ['the name of the reader with a digit', 'Y0u'],
    ['the name of the system', 'System'],
    ['the name of the system in Cyrillic and Greek', 'Ѕуѕtеm'],
    ['the name of the system with rn', 'Systern'],
    ['the name of erased users', 'Deleted user'],
    ['the name of erased users with a capital I', 'DeIeted user'],
    ['the name of erased users in Cyrillic', 'ԁеlеtеԁ uѕег'],
    ['the name of the system with accents', 'Sýstém'],
    ['the name of the system with spaces and signs', '[S y s t e m]'],
    ['the name of the system with a joiner', 'Sys\u200dtem'],
    ['the name of the system in another script', 'ꓢꓬꓢꓔꓰꓟ'],
  ])('rejects %s', (_, name) => {
    expect(isUsername(normalizeName(name))).toBe(false);
  });

  it.each(['Ada', 'e\u0301', '👩‍🚀', '❤️', '李', 'ㅇㅇ', 'Yousef', 'You2', 'Systems', 'Ecosystem', '.', '¿'])(
    'accepts %j',
    (name) => {
      expect(isUsername(normalizeName(name))).toBe(true);
    },
  );
});

describe('normalizeName', () => {
  it.each(['Ada\ufe0f', 'A\u200dda', 'Ad\u034fa', 'Ada\u2800', '\u3164Ada', 'A\u180bda', 'Ada\u{e0100}'])(
    'returns the visible characters of %j',
    (name) => {
      expect(normalizeName(name)).toBe('Ada');
    },
  );

  it.each(['👩‍🚀', '❤️', '👩🏽‍🚀', '🏳️‍🌈', 'Ada ❤️'])('keeps the emoji %s', (name) => {
    expect(normalizeName(name)).toBe(name);
  });
});

describe('names', () => {
  it.each([
    ['Ａｄａ', 'Ada'],
    ['ﬁn', 'fin'],
    ['e\u0301', '\u00e9'],
    [' Ⓐda ', 'Ada'],
  ])('are stored in NFKC form: %j', async (requested, stored) => {
    const { deps } = createMemoryBackend();
    const handshake = { connectionId: 'c1', sourceIp: '192.0.2.1', subprotocols: ['roomcast.v1'] };
    const identity = await connect(deps, { ...handshake, query: { username: requested } });
    expect(identity.username).toBe(stored);
    expect((await createRoom(deps, 'c1', { username: requested })).you.username).toBe(stored);
  });

  it('cannot imitate the name of the reader with full-width characters', async () => {
    const { deps } = createMemoryBackend();
    const handshake = { connectionId: 'c1', sourceIp: '192.0.2.1', subprotocols: ['roomcast.v1'] };
    await expect(connect(deps, { ...handshake, query: { username: 'Ｙｏｕ' } })).rejects.toMatchObject({
      type: 'invalid-frame',
    });
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
    ...['\u3164', '\uffa0', '\u2800', '\u2800 \ufe0f'], // no visible character
    ...['a\tb', 'a\rb', 'a\nb', 'a\u2028b', 'a\u2029b'],
    ...[...controls, ...invisible].map((character) => `a${character}b`),
  ])('rejects %j', (name) => {
    expect(isValid(name)).toBe(false);
  });
});
