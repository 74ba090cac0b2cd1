// The part of node:util that the chat domain uses, for browsers. It compares rights, which are JSON.

export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
