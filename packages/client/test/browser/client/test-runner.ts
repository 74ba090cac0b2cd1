import { expect } from 'expect';

// The subset of the jest API that the client's tests use, for a page.

type Callback = () => unknown;

interface Block {
  names: string[];
  before: Callback[];
  after: Callback[];
}

export interface TestResult {
  name: string;
  error?: string;
}

const tests: { name: string; run: Callback; blocks: Block[] }[] = [];
let blocks: Block[] = [{ names: [], before: [], after: [] }];

function describe(name: string, define: () => void): void {
  const outer = blocks;
  blocks = [...outer, { names: [name], before: [], after: [] }];
  define();
  blocks = outer;
}

function it(name: string, run: Callback): void {
  const names = [...blocks.flatMap((block) => block.names), name];
  tests.push({ name: names.join(' › '), run, blocks });
}

/** As in Jest, a row that is not an array is the only argument. */
it.each =
  (rows: readonly unknown[]) =>
  (name: string, run: (...row: unknown[]) => unknown): void => {
    for (const row of rows) {
      const args = Array.isArray(row) ? row : [row];
      it(name.replace('%s', String(args[0])), () => run(...args));
    }
  };

const beforeEach = (callback: Callback) => blocks.at(-1)?.before.push(callback);
const afterEach = (callback: Callback) => blocks.at(-1)?.after.push(callback);

/** Starts a new test file, so that hooks of the previous file do not apply to it. */
export function resetBlocks(): void {
  blocks = [{ names: [], before: [], after: [] }];
}

/** Runs the defined tests one after the other. */
export async function runTests(): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const { name, run, blocks } of tests) {
    let error: unknown;
    try {
      for (const { before } of blocks) for (const callback of before) await callback();
      await run();
    } catch (thrown) {
      error = thrown;
    }
    for (const { after } of blocks) for (const callback of after) await callback();
    results.push(error ? { name, error: String((error as Error).stack ?? error) } : { name });
  }
  return results;
}

Object.assign(globalThis, { describe, it, beforeEach, afterEach, expect });
