/** Plausible values for parameters whose names contain certain words. */
const BY_NAME: readonly (readonly [name: RegExp, value: string])[] = [
  [/e-?mail/i, 'user@example.com'],
  [/arn$/i, 'arn:aws:service:us-east-1:123456789012:resource/placeholder'],
  [/ur[il]|endpoint|issuer|origin/i, 'https://example.com'],
  [/domain|host/i, 'example.com'],
  [/account/i, '123456789012'],
  [/cidr/i, '10.0.0.0/16'],
];

/** The ID prefixes of resource kinds. Other kinds use the name of the kind as the prefix. */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  image: 'ami',
  instance: 'i',
  securitygroup: 'sg',
  volume: 'vol',
};

/** Lengths of placeholder values that match most constraints. */
const LENGTHS = [8, 16, 32, 64];

/** Returns plausible values for a parameter. The most plausible value is the first. */
export function listPlaceholders(name: string, type: string): string[] {
  const kind = /AWS::\w+::(\w+)::Id/.exec(type)?.[1]?.toLowerCase();
  const id = kind === undefined ? [] : [`${ID_PREFIXES[kind] ?? kind}-0123456789abcdef0`];
  const word = name.toLowerCase();
  const known = BY_NAME.map(([, value]) => value);
  const likely = BY_NAME.filter(([pattern]) => pattern.test(name)).map(([, value]) => value);
  const padded = LENGTHS.flatMap((length) => [
    word.padEnd(length, 'x').slice(0, length),
    '1'.repeat(length),
    `Aa1!${'x'.repeat(length - 4)}`,
  ]);
  return [...id, ...likely, word, name.toUpperCase(), word.slice(0, 1), '1', 'true', ...padded, ...known];
}
