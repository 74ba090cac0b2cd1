import type { LogEntry } from '../lambda';
import { TraceStore } from '../traces/store';
import { LogStore } from './log-store';
import { MetricStore } from './metric-store';

/** What the runtime remembers of what its services did, for whoever looks: bounded, and in memory. */
export class Records {
  readonly traces = new TraceStore();
  readonly logs = new LogStore();
  readonly metrics = new MetricStore();

  addLog(entry: LogEntry, logicalId: string): void {
    this.logs.add(entry, logicalId);
    if (entry.stream === 'stdout') this.metrics.addLogLine(entry.line);
  }
}
