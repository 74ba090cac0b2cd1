import type { OpenMetric } from '../core/metrics';
import type { LogEntry } from '../lambda';
import { TraceStore } from '../traces/store';
import { EventStore } from './event-store';
import { FrameStore } from './frame-store';
import { LogStore } from './log-store';
import { MetricStore } from './metric-store';
import { RunStore } from './run-store';
import { SessionUsage } from './session-usage';

/**
 * Stores the traces, logs, function runs, metrics, events, WebSocket frames and usage of a running application in memory. The
 * size of each store is limited.
 */
export class Records {
  readonly traces = new TraceStore();
  readonly logs = new LogStore();
  readonly runs = new RunStore();
  readonly metrics = new MetricStore();
  readonly frames = new FrameStore();
  readonly events = new EventStore();
  readonly usage = new SessionUsage();
  readonly openMetric: OpenMetric = (metric) => this.metrics.open(metric);

  addLog(entry: LogEntry, logicalId: string): void {
    this.logs.add(entry, logicalId);
    if (entry.stream === 'stdout') this.metrics.addLogLine(entry.line);
  }
}
