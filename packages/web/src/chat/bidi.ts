/**
 * The embeddings and overrides of the bidirectional algorithm. An override reverses text: `evil \u202etxt.exe` looks like `evil
 * exe.txt`. Unicode recommends isolates and marks instead, so these are kept.
 *
 * https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
 */
const OVERRIDES = /[\u202a-\u202e]/g;

/** Removes the characters that make a text look different from its content. */
export function withoutOverrides(text: string): string {
  return text.replace(OVERRIDES, '');
}
