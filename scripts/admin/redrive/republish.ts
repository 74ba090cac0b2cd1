import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BusEvent } from './dead-letter';

/**
 * Puts the event on the bus again, so that all of its targets receive it. Consumers receive an event at least once anyway, and clients
 * ignore a message that they have.
 *
 * @throws if EventBridge rejects the event
 */
export async function republish(client: EventBridgeClient, bus: string, event: BusEvent): Promise<void> {
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: bus,
          Source: event.source,
          DetailType: event['detail-type'],
          ...(event.time === undefined ? {} : { Time: new Date(event.time) }),
          Detail: JSON.stringify(event.detail),
        },
      ],
    }),
  );
  if (FailedEntryCount) throw new Error(`EventBridge rejected the event: ${Entries?.[0]?.ErrorCode}`);
}
