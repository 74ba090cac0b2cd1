import type { LogEntry } from '../lambda';
import { TraceStore } from '../traces/store';
import { Logs } from './logs';
import { Metrics } from './metrics';

/** What the runtime remembers of what its services did, for whoever looks: bounded, and in memory. */
export class Records {
  readonly traces = new TraceStore();
  readonly logs = new Logs();
  readonly metrics = new Metrics();

  log(entry: LogEntry, logicalId: string): void {
    this.logs.add(entry, logicalId);
    if (entry.stream === 'stdout') this.metrics.take(entry.line);
  }
}
