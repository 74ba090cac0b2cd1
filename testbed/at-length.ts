/**
 * Whether to run the tests that are too slow for `npm test`. Set by jest.slow.config.js, or if the tests run against a deployed
 * stack.
 */
const isAtLength = Boolean(process.env.LONG || process.env.WS_URL);

/** Defines a test that is too slow for `npm test`. */
export function itAtLength(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (isAtLength) it(name, test, timeoutMs);
  else it.skip(`${name} (skipped: slow, run with jest.slow.config.js)`, test);
}

/** Defines tests that are too slow for `npm test`. */
export function describeAtLength(name: string, tests: () => void): void {
  if (isAtLength) describe(name, tests);
  else describe.skip(`${name} (skipped: slow, run with jest.slow.config.js)`, tests);
}
