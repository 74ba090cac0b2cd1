import { localEndpoints } from './endpoints';
import type { Faults } from './faults';
import type { Page } from './http';
import { type LineSources, startPage } from './lines';
import type { ExecutionRecord } from './states';

const EXECUTIONS_KEPT = 100;

/** The state machines' last executions, newest first, without what they carried. */
export class Executions {
  private readonly records: object[] = [];

  add({ transitions: _transitions, input: _input, output: _output, ...record }: ExecutionRecord): void {
    this.records.unshift(record);
    if (this.records.length > EXECUTIONS_KEPT) this.records.pop();
  }

  list(): readonly object[] {
    return this.records;
  }
}

/** The runtime's pages: where to begin, and what its services have been doing. */
export function pagesOf(
  sources: () => LineSources,
  faults: Faults,
  executions: Executions,
): ReadonlyMap<string, Page> {
  return new Map<string, Page>([
    ['/', () => ({ contentType: 'text/html; charset=utf-8', body: startPage(sources()) })],
    ['/_local/outputs', () => json(outputsOf(sources()))],
    ['/_local/calls', () => json(faults.calls())],
    ['/_local/executions', () => json(executions.list())],
  ]);
}

/** The template's outputs by name, with this runtime's addresses in place of AWS's. */
function outputsOf({ app, port }: LineSources): Record<string, string> {
  const local = localEndpoints(app, () => port);
  return Object.fromEntries(app.outputs.map(({ key, value }) => [key, local(value)]));
}

function json(value: unknown) {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
