import { outputsOf } from '../app/endpoints';
import { type LineSources, startPage } from '../cli/ready-message';
import type { Faults } from '../core/faults';
import type { ExecutionHistory } from '../records/execution-history';
import type { Page } from '.';

/** The runtime's pages: where to begin, and what its services have been doing. */
export function pagesOf(
  sources: () => LineSources,
  faults: Faults,
  executions: ExecutionHistory,
): ReadonlyMap<string, Page> {
  const start = () => ({ contentType: 'text/html; charset=utf-8', body: startPage(sources()) });
  return new Map<string, Page>([
    ['/', start], // unless the app has a page of its own
    ['/_local/start', start],
    ['/_local/outputs', () => json(outputsOf(sources().app, sources().port))],
    ['/_local/calls', () => json(faults.calls())],
    ['/_local/executions', () => json(executions.list())],
  ]);
}

function json(value: unknown) {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
