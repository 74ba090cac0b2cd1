import type { ExecutionRecord } from 'sam-offline/testing';

/** Describes how completely an execution of the fan-out workflow delivered its event. */
export interface ExecutionSummary {
  /** The number of pages that a query referred to but no state queried. */
  readonly unreadPages: number;
  /** The number of rows that are in a page but not in a batch. */
  readonly unpostedRows: number;
  /** The number of states that failed after all retries. Excludes deletions of rows that are too young or already deleted. */
  readonly failures: number;
}

interface Page {
  readonly rows: readonly object[];
  readonly next: readonly { startKey: object }[];
}

export function summarizeExecution({ transitions }: ExecutionRecord): ExecutionSummary {
  const queries = transitions.filter(({ name }) => name === 'Query a page');
  const started = new Set(
    queries.map(({ input }) => JSON.stringify((input as Page & { startKey?: object }).startKey)),
  );
  const pages = queries.flatMap(({ output }) => (output === undefined ? [] : [output as Page]));
  const batches = transitions.filter(({ name }) => name === 'Post a batch').map(({ input }) => input as Page);
  const countRows = (parts: readonly Page[]) => parts.reduce((sum, { rows }) => sum + rows.length, 0);
  return {
    unreadPages: pages
      .flatMap(({ next }) => next)
      .filter(({ startKey }) => !started.has(JSON.stringify(startKey))).length,
    unpostedRows: countRows(pages) - countRows(batches),
    failures: transitions.filter(
      ({ type, error }) =>
        type === 'Task' && error !== undefined && !error.endsWith('ConditionalCheckFailedException'),
    ).length,
  };
}
