import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createBroadcastSent } from '../../chat/protocol/serialize';
import { createEventBus } from './event-bus';

const event = createBroadcastSent({ messageId: 'm', text: 'hello', ts: 1 });
const rejected = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] };
const accepted = { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };

/** Publishes an event with a client that returns these responses. Records the delays between the requests. */
async function publish(responses: object[]) {
  const waits: (number | undefined)[] = [];
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((resolve: () => void, ms?: number) => {
    waits.push(ms);
    resolve();
  }) as typeof setTimeout);
  const client = { send: async () => responses.shift() } as unknown as EventBridgeClient;
  const error = await createEventBus(client, 'bus', () => undefined)
    .publish(event)
    .catch((reason: Error) => reason);
  jest.restoreAllMocks();
  return { error, waits };
}

describe('publish', () => {
  it('doubles the wait after each rejected entry, with jitter', async () => {
    expect(await publish([rejected, rejected, accepted])).toEqual({ error: undefined, waits: [100, 200] });
  });

  it('throws the reason of the third rejection', async () => {
    const { error, waits } = await publish([rejected, rejected, rejected, accepted]);
    expect(error).toEqual(new Error('PutEvents rejected the entry: ThrottlingException'));
    expect(waits).toHaveLength(2);
  });

  it('accepts a response without FailedEntryCount', async () => {
    expect(await publish([{}])).toEqual({ error: undefined, waits: [] });
  });
});
