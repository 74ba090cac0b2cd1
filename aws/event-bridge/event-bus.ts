import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventBus } from '../../chat/delivery/ports';
import { EVENT_SOURCE } from '../../chat/protocol/serialize';

/** The SDK retries failed requests, but not the failed entries of a successful request. */
const MAX_ENTRY_ATTEMPTS = 3;

/**
 * Creates the event bus of the chat on Amazon EventBridge.
 *
 * @param getTraceHeader returns the X-Ray header for the entry, or undefined if the client adds it to the request.
 */
export function createEventBus(
  client: EventBridgeClient,
  name: string,
  getTraceHeader: () => string | undefined,
): EventBus {
  return {
    async publish({ type, detail }) {
      const entry = {
        EventBusName: name,
        Source: EVENT_SOURCE,
        DetailType: type,
        Detail: JSON.stringify(detail),
        // EventBridge propagates the trace only if the entry or the request carries its header.
        TraceHeader: getTraceHeader(),
      };
      for (let attempt = 1; ; attempt += 1) {
        const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
        if (!FailedEntryCount) return;
        if (attempt === MAX_ENTRY_ATTEMPTS)
          throw new Error(`PutEvents rejected the entry: ${Entries?.[0]?.ErrorCode}`);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 100 * 2 ** attempt));
      }
    },
  };
}
