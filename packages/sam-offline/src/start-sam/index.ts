import { formatNotice } from '../app/log-format';
import { type RuntimeOptions, startRuntime } from '../app/runtime';
import type { SamApp } from './sam-app';
import { createSamApp } from './sam-app';
import { WaitList } from './wait-list';

export type { PublishedEvent, QueueMessage, SamApp, TestTable } from './sam-app';
export type { WaitOptions } from './wait-list';
export type { ConnectOptions, WebSocketClient } from './web-socket-client';

/** The options of `startRuntime`, of which none is required. Without `onNotice`, warnings are written to standard error. */
export type SamOptions = Partial<Omit<RuntimeOptions, 'onEvent'>>;

/**
 * Starts an application for a test, on a free port and with its data in memory. Resolves when it accepts requests. Each
 * application is isolated, so tests can run at the same time.
 *
 * ```ts
 * const app = await startSam({ template: 'template.yaml', parameters: { Stage: 'test' } });
 * const client = await app.websocket.connect();
 * client.send({ action: 'order', id: '1' });
 * await app.events.waitFor({ source: ['orders'] });
 * await app.stop();
 * ```
 *
 * @throws UsageError for errors in the template, as `startRuntime`
 */
export async function startSam(options: SamOptions = {}): Promise<SamApp> {
  const logs: string[] = [];
  const events = new WaitList<{ readonly bus: string; readonly event: Record<string, unknown> }>('event');
  const runtime = await startRuntime({
    template: 'template.yaml',
    port: 0,
    onNotice: printNotice,
    ...options,
    onLog(entry, logicalId) {
      if (entry.stream !== 'platform') logs.push(`${logicalId}: ${entry.line}`);
      options.onLog?.(entry, logicalId);
    },
    onEvent: (event, bus) => events.add({ event, bus }),
  });
  return createSamApp(runtime, events, logs);
}

/** A failed integration or a missing package is rarely visible in the result that a test receives. */
function printNotice(notice: object): void {
  process.stderr.write(`${formatNotice(notice)}\n`);
}
