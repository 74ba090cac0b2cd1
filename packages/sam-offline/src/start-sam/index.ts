import { formatNotice } from '../app/log-format';
import { type RuntimeOptions, startRuntime } from '../app/runtime';
import type { SamApp } from './sam-app';
import { createSamApp } from './sam-app';
import { WaitList } from './wait-list';

export type { PublishedEvent, QueueMessage, SamApp, TestTable } from './sam-app';
export type { WaitOptions } from './wait-list';
export type { ConnectOptions, WebSocketClient } from './web-socket-client';

/** The options of `startRuntime`. All of them are optional. Without `onNotice`, warnings are written to standard error. */
export type SamOptions = Partial<Omit<RuntimeOptions, 'onEvent'>>;

/**
 * Starts an application for a test. The application listens on a free port and stores its data in memory. Resolves when the
 * application accepts requests. Applications are isolated, so tests can run concurrently.
 *
 * ```ts
 * const app = await startSam({ template: 'template.yaml', parameters: { Stage: 'test' } });
 * const client = await app.websocket.connect();
 * client.send({ action: 'order', id: '1' });
 * await app.events.waitFor({ source: ['orders'] });
 * await app.stop();
 * ```
 *
 * @throws UsageError if the template is not valid. See `startRuntime`
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

/** Prints a warning. A failed integration or a missing package is rarely visible in the responses that a test receives. */
function printNotice(notice: object): void {
  process.stderr.write(`${formatNotice(notice)}\n`);
}
