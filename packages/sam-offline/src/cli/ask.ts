import { createInterface } from 'node:readline/promises';

/**
 * Returns a function that asks a question in the terminal. The default answer is no. Returns undefined without a terminal, and
 * in CI jobs, where nobody can answer.
 */
export function createAsk(signal: AbortSignal): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY || process.env.CI) return undefined;
  return async (question) => {
    // With `terminal: false`, Ctrl+C still sends a signal to the process.
    const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
    } finally {
      terminal.close();
      process.stdin.unref();
    }
  };
}
