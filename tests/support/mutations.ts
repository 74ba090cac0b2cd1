/** Values that handlers often process incorrectly. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, Number.MAX_SAFE_INTEGER, '', ' ', '0', 'null'],
  ...[
    '\u0000',
    '\ud800',
    '\u202e',
    '__proto__',
    'constructor',
    'lobby',
    '@everyone',
    '999999999',
    '../lobby',
  ],
  ...['x'.repeat(5000), [], [[]], {}, { length: 1 }, { $ne: null }, { toString: 'x' }, [null], ['lobby']],
];

/** Fields that are dangerous if a handler reads them from the frame. */
const FORGED = [
  'from',
  'userId',
  'username',
  'seq',
  'messageId',
  'kind',
  'epoch',
  'role',
  'owner',
  'users',
  'you',
];

/** Returns the text of a frame with one to three random changes to its fields or characters. */
export function mutateFrame(
  frame: Record<string, unknown>,
  values: readonly unknown[],
  random: () => number,
): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const anyValue = () => (random() < 0.5 ? pick(values) : pick(HOSTILE));
  const mutated: Record<string, unknown> = { ...frame };
  const mutations: (() => void)[] = [
    () => delete mutated[pick(Object.keys(mutated))],
    () => {
      mutated[pick(Object.keys(mutated))] = anyValue();
    },
    () => {
      mutated[pick(FORGED)] = anyValue();
    },
    () => {
      mutated[pick(Object.keys(frame))] = { [pick(FORGED)]: anyValue() };
    },
  ];
  for (let changes = Math.ceil(random() * 3); changes > 0; changes -= 1)
    if (Object.keys(mutated).length > 0) pick(mutations)();
  const text = JSON.stringify(mutated);
  if (random() < 0.9) return text;
  const at = Math.floor(random() * text.length);
  return (
    text.slice(0, at) +
    pick(['', '"', '}', '\\', '\\ud800', '0', ',']) +
    text.slice(at + Math.round(random()))
  );
}
