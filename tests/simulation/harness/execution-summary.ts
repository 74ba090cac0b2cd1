import type { ExecutionRecord } from 'sam-offline/testing';

/** How completely an execution of the fan-out has delivered its event. */
export interface ExecutionSummary {
  /** Pages that a query referred to, and that no state has queried. */
  readonly unreadPages: number;
  /** Rows of pages that no batch contains. */
  readonly unpostedRows: number;
  /** States that failed after their retries, except for deletions of rows that are young or already deleted. */
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
