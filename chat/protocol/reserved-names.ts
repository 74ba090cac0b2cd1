/**
 * Names that would let a user impersonate somebody else. The web page labels the reader's own messages `You`, and the server
 * API sends messages as `System`. The page labels the messages of erased users `Deleted user`.
 */
const RESERVED: readonly string[] = ['you', 'system', 'deleteduser'];

/**
 * The characters that look like the letters of reserved names, from confusables.txt of the Unicode security data. Omits
 * characters that NFKC normalization or conversion to lower case replaces.
 *
 * The data is copyright Unicode, Inc. See packages/web/LICENSE-UNICODE.
 * https://www.unicode.org/Public/security/latest/confusables.txt
 */
const LOOK_ALIKES = {
  d: 'ᎠᗞᗪꓓԁᏧᑯꓒ',
  e: 'ΕЕᎬⴹꓰ𐊆𑢦𑢮еҽꬲ',
  l: '1I|ƖǀΙІӀוןا١۱ߊᛁⲒⵏꓲ𐊊𐌉𐌠𖼨𞣇ᏞᒪⳐꓡ𐐛𐔦𑢣𑢲𖼖',
  m: 'ΜϺМᎷᗰᛖⲘꓟ𐊰𐌑',
  o: '0ΟОՕ߀০ଠ୦ዐⲞⵔ〇ꓳ𐊒𐊫𐐄𐓂𐔖𑓐𑢵𑣠οσоօסه٥ھہە۵०੦૦௦౦೦ഠ൦๐໐ဝ၀ჿᴏᴑⲟꬽ𐐬𐓪𑣈𑣗',
  r: 'ƦᎡᏒᖇꓣ𐒴𖼵гᴦⲅꭇꭈꮁ',
  s: 'ЅՏᏕᏚꓢ𐊖𐐠𖼺ƽѕꜱꮪ𐑈𑣁',
  t: 'ΤТᎢⲦꓔ𐊗𐊱𐌕𑢼𖼊',
  u: 'Սሀᑌꓴ𐓎𑢸𖽂ʋυսᴜꞟꭎꭒ𐓶𑣘',
  y: 'ΥУҮᎩᎽⲨꓬ𐊲𑢤𖽃ɣʏγуүყᶌỿꭚ𑣜',
};

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([letter, characters]) =>
    [...characters].map((character) => [character, letter] as const),
  ),
);

/** Returns whether a name is reserved, or looks like a reserved name. Ignores case, accents, spaces and punctuation. */
export function isReserved(name: string): boolean {
  const letters = [...name.normalize('NFKD')].map((each) => LETTERS.get(each) ?? each.toLowerCase());
  // `rn` looks like `m`.
  const skeleton = letters
    .join('')
    .replaceAll('rn', 'm')
    .replace(/[^\p{L}\p{N}]/gu, '');
  return RESERVED.includes(skeleton);
}
