import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BusEvent } from './dead-letter';

/**
 * Publishes the event on the bus again. All targets receive it again, including those that have already processed it. Consumers
 * must accept duplicates anyway, and clients ignore messages that they already have.
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
