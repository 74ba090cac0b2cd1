import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { loadTemplate } from 'sam-offline';
import { matchesPattern } from 'sam-offline/testing';
import * as z from 'zod/mini';
import { createEventBus } from '../../aws/event-bridge/event-bus';
import { traceHeader } from '../../aws/lambda/observability';
import { createMemberJoined, createMemberLeft } from '../../chat/delivery/notice-events';
import { events } from '../../chat/protocol/events';
import { createBroadcastSent, createMessageSent } from '../../chat/protocol/serialize';
import { createRows, runFanOut } from '../../testbed/fan-out';
import { root } from '../../testbed/template';

const app = loadTemplate({ file: join(root, 'template.yaml') });

/** Returns the event that EventBridge creates from an entry and the targets of the matching rules. */
function routeEntry({ Source, DetailType, Detail }: PutEventsRequestEntry) {
  const detail = typeof Detail === 'string' ? JSON.parse(Detail) : Detail;
  const event = { source: Source, 'detail-type': DetailType, detail };
  const targets = app.rules
    .filter(({ pattern }) => pattern && matchesPattern(pattern, event))
    .flatMap(({ targets }) => targets);
  return { event, targets: targets.map(({ arn }) => arn) };
}

/** Returns the keys and types of a value, without the contents. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

const readSample = (name: string) => JSON.parse(readFileSync(join(root, 'events', name), 'utf8'));

describe('event contracts', () => {
  const entry = {
    room: 'lobby',
    epoch: 'e',
    seq: 1,
    kind: 'message' as const,
    messageId: 'm',
    from: { userId: 'g-1', username: 'Ada' },
    text: 'hello',
    ts: 1,
  };

  async function publishMessage(): Promise<PutEventsRequestEntry> {
    const sent: PutEventsRequestEntry[] = [];
    const client = {
      async send({ input }: PutEventsCommand) {
        sent.push(...(input.Entries ?? []));
        return { FailedEntryCount: 0, Entries: [{}] };
      },
    };
    process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
    await createEventBus(client as unknown as EventBridgeClient, 'bus', traceHeader).publish(
      createMessageSent(entry, 1),
    );
    delete process.env._X_AMZN_TRACE_ID;
    return sent[0] as PutEventsRequestEntry;
  }

  it('routes MessageSent to the workflow, matches the sample event, and includes the trace header', async () => {
    const put = await publishMessage();
    const { event, targets } = routeEntry(put);
    expect(targets).toEqual([expect.stringContaining(':stateMachine:')]);
    expect(shapeOf(event.detail)).toEqual(shapeOf(readSample('message-sent.json').detail));
    expect(put).toMatchObject({
      EventBusName: 'bus',
      TraceHeader: expect.stringContaining('Root=1-5759e988'),
    });
  });

  it('routes MessageSent in a room with followers to the function that notifies them as well', () => {
    const { type, detail } = createMessageSent({ ...entry, room: '483920117' }, 1, true);
    const { event, targets } = routeEntry({
      Source: 'roomcast',
      DetailType: type,
      Detail: JSON.stringify(detail),
    });
    expect(
      targets.map((arn) => arn.split(/:|-/).find((part) => /Function|stateMachine/.test(part))).sort(),
    ).toEqual(['NotifyAwayFunction', 'stateMachine']);
    expect(shapeOf(event.detail)).toEqual(shapeOf(readSample('notify-away.json').detail));
  });

  it('routes MessageMissed to no target of the template, and has a sample that matches its contract', () => {
    const { detail } = readSample('message-missed.json');
    expect(
      routeEntry({ Source: 'roomcast', DetailType: 'MessageMissed', Detail: JSON.stringify(detail) }).targets,
    ).toEqual([]);
    expect(z.strictObject(events.MessageMissed.shape).parse(detail)).toEqual(detail);
  });

  it.each(['MemberJoined', 'MemberLeft'] as const)(
    'routes %s to the workflow and matches the sample event',
    (type) => {
      const member = { userId: 'g-1', username: 'Ada' };
      const createEvent = type === 'MemberJoined' ? createMemberJoined : createMemberLeft;
      const { detail } = createEvent({ room: '483920117', shards: 2 }, member, 3, 1);
      const { targets } = routeEntry({
        Source: 'roomcast',
        DetailType: type,
        Detail: JSON.stringify(detail),
      });
      expect(targets).toEqual([expect.stringContaining(':stateMachine:')]);
      expect(detail.audience).toEqual(['483920117#0', '483920117#1']);
      expect(shapeOf(detail)).toEqual(shapeOf(readSample('member-joined.json').detail));
    },
  );

  it('routes BroadcastSent to the workflow and matches the sample event', () => {
    const { type, detail } = createBroadcastSent({ messageId: 'm', text: 'hello', ts: 1 });
    const { targets } = routeEntry({ Source: 'roomcast', DetailType: type, Detail: JSON.stringify(detail) });
    expect(targets).toEqual([expect.stringContaining(':stateMachine:')]);
    expect(shapeOf(detail)).toEqual(shapeOf(readSample('broadcast-sent.json').detail));
  });

  it('routes ConnectionGone from the workflow to the disconnect function and matches the sample event', async () => {
    const { calls } = await runFanOut({
      'dynamodb.Query': () => ({ Items: createRows(1) }),
      'lambda.Invoke': () => ({
        StatusCode: 200,
        Payload: { gone: [{ connectionId: { S: 'c0' }, room: { S: 'lobby' } }] },
      }),
      'dynamodb.DeleteItem': () => ({
        Attributes: {
          connectionId: { S: 'c0' },
          room: { S: 'lobby' },
          userId: { S: 'g-1' },
          username: { S: 'Ada' },
        },
      }),
      'events.PutEvents': () => ({ FailedEntryCount: 0, Entries: [{}] }),
    });
    const puts = calls.filter(({ action }) => action === 'PutEvents');
    const [gone] = puts.flatMap(({ input }) => input.Entries as PutEventsRequestEntry[]);
    const { event, targets } = routeEntry(gone as PutEventsRequestEntry);
    expect(targets).toEqual([expect.stringContaining('DisconnectFunction')]);
    expect(shapeOf(event.detail)).toEqual(shapeOf(readSample('connection-gone.json').detail));
    expect(gone?.EventBusName).toBe(app.eventBuses[0]?.name);
  });

  it('retries a rejected entry and throws an error if all attempts are rejected', async () => {
    const responses = [1, 1, 0].map((FailedEntryCount) => ({
      FailedEntryCount,
      Entries: [{ ErrorCode: 'ThrottlingException' }],
    }));
    const client = { send: async () => responses.shift() ?? { FailedEntryCount: 1, Entries: [{}] } };
    const bus = createEventBus(client as unknown as EventBridgeClient, 'bus', traceHeader);
    await bus.publish(createMessageSent(entry, 1));
    expect(responses).toEqual([]);
    await expect(bus.publish(createMessageSent(entry, 1))).rejects.toThrow('PutEvents rejected the entry');
  });
});
