import { createInterface } from 'node:readline/promises';

/**
 * Returns a function that asks a question in the terminal. The default answer is no. Undefined if nobody can answer: without a
 * terminal, or in a CI job that has one.
 */
export function createAsk(signal: AbortSignal): ((question: string) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY || process.env.CI) return undefined;
  return async (question) => {
    // Without the terminal mode, Ctrl+C still sends a signal to the process.
    const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
    try {
      return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
    } finally {
      terminal.close();
      process.stdin.unref();
    }
  };
}
