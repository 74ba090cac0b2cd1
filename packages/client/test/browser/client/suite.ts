import { expect } from 'expect';

/** As much of jest as the client's tests need, for a page. */

type Work = () => unknown;

interface Block {
  names: string[];
  before: Work[];
  after: Work[];
}

export interface Outcome {
  name: string;
  error?: string;
}

const tests: { name: string; work: Work; blocks: Block[] }[] = [];
let blocks: Block[] = [{ names: [], before: [], after: [] }];

function describe(name: string, define: () => void): void {
  const outside = blocks;
  blocks = [...outside, { names: [name], before: [], after: [] }];
  define();
  blocks = outside;
}

function it(name: string, work: Work): void {
  const names = [...blocks.flatMap((block) => block.names), name];
  tests.push({ name: names.join(' › '), work, blocks });
}

it.each =
  <T extends unknown[]>(rows: readonly T[]) =>
  (name: string, work: (...row: T) => unknown): void => {
    for (const row of rows) it(name.replace('%s', String(row[0])), () => work(...row));
  };

const beforeEach = (work: Work) => blocks.at(-1)?.before.push(work);
const afterEach = (work: Work) => blocks.at(-1)?.after.push(work);

/** The file that is imported next has a scope of its own: what it sets up is done for its tests only. */
export function file(): void {
  blocks = [{ names: [], before: [], after: [] }];
}

/** Runs what was defined, one after the other. */
export async function runAll(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, work, blocks } of tests) {
    let error: unknown;
    try {
      for (const { before } of blocks) for (const prepare of before) await prepare();
      await work();
    } catch (thrown) {
      error = thrown;
    }
    for (const { after } of blocks) for (const clear of after) await clear();
    outcomes.push(error ? { name, error: String((error as Error).stack ?? error) } : { name });
  }
  return outcomes;
}

Object.assign(globalThis, { describe, it, beforeEach, afterEach, expect });
