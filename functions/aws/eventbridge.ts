import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../chat/events';
import type { Bus } from '../chat/ports';
import { traceHeader } from '../handlers/observability';

/** Tries per event: the SDK repeats failed requests, but not entries that failed in a request that succeeded. */
const ENTRY_TRIES = 3;

/** An EventBridge bus. `publish` rejects if the bus has not taken the event. */
export function busNamed(client: EventBridgeClient, name: string): Bus {
  return {
    async publish({ type, detail }) {
      const entry = {
        EventBusName: name,
        Source: EVENT_SOURCE,
        DetailType: type,
        Detail: JSON.stringify(detail),
        // EventBridge hands the trace on only if the request carries it, here or in its own header.
        TraceHeader: traceHeader(),
      };
      for (let attempt = 1; ; attempt += 1) {
        const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
        if (!FailedEntryCount) return;
        if (attempt === ENTRY_TRIES)
          throw new Error(`PutEvents refused the entry: ${Entries?.[0]?.ErrorCode}`);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 100 * 2 ** attempt));
      }
    },
  };
}
