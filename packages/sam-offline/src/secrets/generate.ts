import { randomInt } from 'node:crypto';
import { isObject } from '../core/service';
import type { GenerateSecretModel } from './model';

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Returns the allowed characters of each character type. Omits excluded types, and types without remaining characters. */
export function allowedCharacterSets(model: GenerateSecretModel): string[] {
  const types = [
    model.excludeLowercase ? '' : LOWERCASE,
    model.excludeUppercase ? '' : LOWERCASE.toUpperCase(),
    model.excludeNumbers ? '' : NUMBERS,
    model.excludePunctuation ? '' : PUNCTUATION,
    model.includeSpace ? ' ' : '',
  ];
  return types
    .map((type) => [...type].filter((character) => !model.excludeCharacters.includes(character)).join(''))
    .filter((type) => type !== '');
}

/**
 * Generates a value for GenerateSecretString: a random password, or the JSON object in SecretStringTemplate. In the object, the
 * member with the name in GenerateStringKey contains the password.
 */
export function generateSecret(model: GenerateSecretModel): string {
  const value = generatePassword(model);
  if (model.template === undefined || model.key === undefined) return value;
  const object: unknown = JSON.parse(model.template);
  return JSON.stringify({ ...(isObject(object) ? object : {}), [model.key]: value });
}

function generatePassword(model: GenerateSecretModel): string {
  const types = allowedCharacterSets(model);
  const all = types.join('');
  const required = model.requireEachType ? types.map(pickRandom) : [];
  const rest = Array.from({ length: model.length - required.length }, () => pickRandom(all));
  return shuffle([...required, ...rest]).join('');
}

function pickRandom(characters: string): string {
  return characters[randomInt(characters.length)] ?? '';
}

function shuffle(items: string[]): string[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [items[last], items[other]] = [items[other] as string, items[last] as string];
  }
  return items;
}
