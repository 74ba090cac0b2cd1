import { AwsError, type CallContext, type JsonObject } from '../src/core/service';
import { createEvents, type EventsOptions, type EventsService } from '../src/events';
import type { RuleModel, TargetModel } from '../src/events/model';

const region = 'eu-central-1';
const accountId = '123456789012';
const queueArn = `arn:aws:sqs:${region}:${accountId}:dead`;

function target(more: Partial<TargetModel> = {}): TargetModel {
  return {
    id: 't',
    arn: `arn:aws:lambda:${region}:${accountId}:function:f`,
    maximumEventAgeSeconds: 86_400,
    maximumRetryAttempts: 185,
    ...more,
  };
}

function rule(more: Partial<RuleModel> = {}): RuleModel {
  return {
    logicalId: 'Rule',
    name: 'rule',
    arn: `arn:aws:events:${region}:${accountId}:rule/bus/rule`,
    eventBusName: 'bus',
    pattern: { source: ['app'] },
    enabled: true,
    targets: [target()],
    ...more,
  };
}

type Delivered = { arn: string; event: JsonObject; context: CallContext };
type Dead = { arn: string; body: string; attributes: Record<string, string> };

/** Creates a service, and records deliveries and dead-letter messages. Its clock advances with each sleep. */
function open(rules: RuleModel[], more: Partial<EventsOptions> = {}) {
  const delivered: Delivered[] = [];
  const dead: Dead[] = [];
  const lines: string[] = [];
  const slept: number[] = [];
  let now = Date.parse('2026-11-21T10:20:30.456Z');
  const events = createEvents({
    buses: [{ logicalId: 'Bus', name: 'bus', arn: `arn:aws:events:${region}:${accountId}:event-bus/bus` }],
    rules,
    region,
    accountId,
    deliver: async (arn, input, context) => {
      delivered.push({ arn, event: input as JsonObject, context });
    },
    deadLetter: async (arn, body, attributes) => {
      dead.push({ arn, body, attributes });
    },
    clock: () => now,
    sleep: async (millis) => {
      slept.push(millis);
      now += millis;
    },
    random: () => 0.5,
    log: (line) => lines.push(line),
    ...more,
  });
  return { events, delivered, dead, lines, slept };
}

const entry = (more: JsonObject = {}): JsonObject => ({
  EventBusName: 'bus',
  Source: 'app',
  DetailType: 'Said',
  Detail: '{"room":"a"}',
  ...more,
});

const put = (events: EventsService, entries: JsonObject[], context: CallContext = {}) =>
  events.call('PutEvents', { Entries: entries }, context);

describe('EventBridge: PutEvents', () => {
  it('delivers the documented event envelope after it has responded', async () => {
    const { events, delivered } = open([rule()]);
    const response = await put(events, [entry({ Resources: ['r'] })]);
    expect(delivered).toEqual([]);
    await events.idle();
    const [{ EventId } = {}] = response.Entries as { EventId?: string }[];
    expect(response).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(delivered).toEqual([
      {
        arn: `arn:aws:lambda:${region}:${accountId}:function:f`,
        context: {},
        event: {
          version: '0',
          id: EventId,
          'detail-type': 'Said',
          source: 'app',
          account: accountId,
          time: '2026-11-21T10:20:30Z',
          region,
          resources: ['r'],
          detail: { room: 'a' },
        },
      },
    ]);
  });

  it('uses the Time of the entry', async () => {
    const { events, delivered } = open([rule()]);
    await put(events, [entry({ Time: 1_700_000_000.25 })]);
    await events.idle();
    expect(delivered[0]?.event.time).toBe('2023-11-14T22:13:20Z');
  });

  it('passes the trace header of the entry to the target, or of the request if the entry has none', async () => {
    const { events, delivered } = open([rule()]);
    await put(events, [entry(), entry({ TraceHeader: 'Root=1-e' })], { traceHeader: 'Root=1-r' });
    await events.idle();
    expect(delivered.map(({ context }) => context.traceHeader)).toEqual(['Root=1-r', 'Root=1-e']);
  });

  it.each([
    [{ Source: undefined }, 'InvalidArgument', 'Source is a required argument'],
    [{ Source: '' }, 'InvalidArgument', 'Source is a required argument'],
    [{ DetailType: undefined }, 'InvalidArgument', 'DetailType is a required argument'],
    [{ Detail: undefined }, 'InvalidArgument', 'Detail is a required argument'],
    [{ Detail: '{' }, 'MalformedDetail', 'malformed'],
    [{ Detail: '[1]' }, 'MalformedDetail', 'malformed'],
    [{ Detail: 'null' }, 'MalformedDetail', 'malformed'],
    [{ Source: 'aws.ec2' }, 'NotAuthorizedForSourceException', 'Not authorized'],
  ])('rejects an entry with %j and accepts the others', async (wrong, ErrorCode, message) => {
    const { events, delivered } = open([rule()]);
    const response = await put(events, [entry(), entry(wrong), entry()]);
    await events.idle();
    expect(response).toEqual({
      FailedEntryCount: 1,
      Entries: [
        { EventId: expect.any(String) },
        { ErrorCode, ErrorMessage: expect.stringContaining(message) },
        { EventId: expect.any(String) },
      ],
    });
    expect(delivered).toHaveLength(2);
  });

  it.each([
    ['no entry', []],
    ['eleven entries', Array.from({ length: 11 }, () => entry())],
    ['more than 1 MiB', [entry({ Detail: JSON.stringify('é'.repeat(524_288)) })]],
  ])('rejects a request with %s', async (_, entries) => {
    await expect(put(open([]).events, entries)).rejects.toMatchObject({
      code: 'ValidationException',
      status: 400,
    });
  });

  // 1 MiB instead of 256 KB since 2026: docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
  it('accepts ten entries of 1 MiB in total', async () => {
    const bytes = 104_857;
    const fixed = JSON.stringify({ t: '' }).length + 'app'.length + 'Said'.length;
    const detail = JSON.stringify({ t: 'x'.repeat(bytes - fixed) });
    const entries = Array.from({ length: 10 }, () => entry({ Detail: detail }));
    expect(await put(open([]).events, entries)).toMatchObject({ FailedEntryCount: 0 });
  });

  it('accepts an event for an unknown bus, as AWS does, and logs that it is dropped', async () => {
    const { events, delivered, lines } = open([rule()]);
    expect(await put(events, [entry({ EventBusName: 'other' })])).toMatchObject({ FailedEntryCount: 0 });
    await events.idle();
    expect(delivered).toEqual([]);
    expect(lines.join()).toContain('no event bus other');
  });

  it('finds a bus by ARN, and uses the default bus if the entry names no bus', async () => {
    const { events, delivered } = open([
      rule(),
      rule({ eventBusName: 'default', targets: [target({ arn: 'arn:default' })] }),
    ]);
    await put(events, [entry({ EventBusName: `arn:aws:events:${region}:${accountId}:event-bus/bus` })]);
    await put(events, [entry({ EventBusName: undefined })]);
    await events.idle();
    expect(delivered.map(({ arn }) => arn)).toEqual([expect.stringContaining('function:f'), 'arn:default']);
  });

  it('delivers to every target of every enabled rule that matches', async () => {
    const { events, delivered } = open([
      rule({ targets: [target({ arn: 'arn:1' }), target({ arn: 'arn:2' })] }),
      rule({ pattern: { detail: { room: ['a'] } }, targets: [target({ arn: 'arn:3' })] }),
      rule({ pattern: { detail: { room: ['b'] } }, targets: [target({ arn: 'arn:4' })] }),
      rule({ enabled: false, targets: [target({ arn: 'arn:5' })] }),
    ]);
    await put(events, [entry()]);
    await events.idle();
    expect(delivered.map(({ arn }) => arn).sort()).toEqual(['arn:1', 'arn:2', 'arn:3']);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
describe('EventBridge: event bus targets', () => {
  const busArn = (name: string) => `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
  const rules = [
    rule({ targets: [target({ arn: busArn('default') })] }),
    rule({
      eventBusName: 'default',
      targets: [target({ arn: 'arn:default' }), target({ arn: busArn('bus') })],
    }),
  ];
  const entry = { Source: 'app', DetailType: 't', Detail: '{"a":1}', EventBusName: 'bus' };

  test('forwards the event once', async () => {
    const { events, delivered } = open(rules);
    const { Entries } = await events.call('PutEvents', { Entries: [entry] }, {});
    await events.idle();
    const [{ EventId }] = Entries as [{ EventId: string }];
    expect(delivered).toMatchObject([{ arn: 'arn:default', event: { id: EventId, detail: { a: 1 } } }]);
  });

  test('sends the event to the dead-letter queue if the permission is missing', async () => {
    const authorizeForward = () => {
      throw new AwsError('AccessDeniedException', 'no');
    };
    const dead = rules.map((one) => ({
      ...one,
      targets: [{ ...(one.targets[0] as TargetModel), deadLetterArn: queueArn }],
    }));
    const harness = open(dead, { authorizeForward });
    await harness.events.call('PutEvents', { Entries: [entry] }, {});
    await harness.events.idle();
    expect(harness.delivered).toEqual([]);
    expect(harness.dead[0]?.attributes).toMatchObject({ ERROR_CODE: 'NO_PERMISSIONS' });
  });
});

// At least once: docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
describe('EventBridge: duplicate deliveries', () => {
  test('delivers the same event to the same target again', async () => {
    const { events, delivered } = open([rule()], { isDuplicate: () => true });
    const response = await put(events, [entry()]);
    await events.idle();
    const [{ EventId } = {}] = response.Entries as { EventId?: string }[];
    expect(delivered.map(({ event }) => event.id)).toEqual([EventId, EventId]);
  });
});

describe('EventBridge: failed deliveries', () => {
  const failing = (errors: unknown[], more: Partial<TargetModel> = {}) => {
    const attempts: number[] = [];
    const opened = open([rule({ targets: [target({ deadLetterArn: queueArn, ...more })] })], {
      deliver: async () => {
        attempts.push(attempts.length);
        const error = errors.length > 1 ? errors.shift() : errors[0];
        if (error) throw error;
      },
    });
    return { ...opened, attempts };
  };
  const unavailable = new AwsError('ServiceUnavailable', 'later', 503);

  it('retries with exponential back-off until the delivery succeeds', async () => {
    const throttled = new AwsError('TooManyRequestsException', 'slow down', 429);
    const { events, attempts, slept, dead } = failing([unavailable, throttled, unavailable, undefined]);
    await put(events, [entry()]);
    await events.idle();
    expect(attempts).toHaveLength(4);
    expect(slept).toEqual([100, 200, 400]);
    expect(dead).toEqual([]);
  });

  it('sends the event to the dead-letter queue after the last retry', async () => {
    const { events, attempts, dead } = failing([unavailable], { maximumRetryAttempts: 2 });
    const response = await put(events, [entry()]);
    await events.idle();
    expect(attempts).toHaveLength(3);
    const [message] = dead;
    expect(message?.arn).toBe(queueArn);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      id: (response.Entries as { EventId: string }[])[0]?.EventId,
      detail: { room: 'a' },
    });
    expect(message?.attributes).toEqual({
      RULE_ARN: `arn:aws:events:${region}:${accountId}:rule/bus/rule`,
      TARGET_ARN: `arn:aws:lambda:${region}:${accountId}:function:f`,
      ERROR_CODE: 'ERROR_FROM_TARGET',
      ERROR_MESSAGE: 'later',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      RETRY_ATTEMPTS: '2',
    });
  });

  it('sends the event to the dead-letter queue when it exceeds the maximum age', async () => {
    const { events, slept, dead } = failing([unavailable], { maximumEventAgeSeconds: 60 });
    await put(events, [entry()]);
    await events.idle();
    expect(dead[0]?.attributes.EXHAUSTED_RETRY_CONDITION).toBe('MaximumEventAgeInSeconds');
    const waited = slept.reduce((sum, millis) => sum + millis, 0);
    expect(waited).toBeLessThanOrEqual(60_000);
    expect(waited).toBeGreaterThan(20_000);
    expect(dead[0]?.attributes.RETRY_ATTEMPTS).toBe(String(slept.length));
  });

  it("delivers with the role of the rule's target", async () => {
    const role = { arn: 'arn:aws:iam::123456789012:role/Start', statements: [], unresolved: [] };
    const { events, delivered } = open([rule({ targets: [target({ role }), target()] })]);
    await put(events, [entry()]);
    await events.idle();
    expect(delivered.map(({ context }) => context.principal)).toEqual([role.arn, undefined]);
  });

  it.each([
    [new AwsError('ResourceNotFoundException', 'gone', 404), 'NO_RESOURCE'],
    [new AwsError('StateMachineDoesNotExist', 'gone', 400), 'NO_RESOURCE'],
    [new AwsError('AccessDeniedException', 'no', 403), 'NO_PERMISSIONS'],
    [new AwsError('InvalidExecutionInput', 'no', 400), 'INVALID_PARAMETER'],
    [new TypeError('unexpected'), 'INTERNAL_ERROR'],
  ])('sends the event to the dead-letter queue without a retry after %s', async (error, ERROR_CODE) => {
    const { events, attempts, dead } = failing([error]);
    await put(events, [entry()]);
    await events.idle();
    expect(attempts).toHaveLength(1);
    expect(dead[0]?.attributes).toMatchObject({ ERROR_CODE, RETRY_ATTEMPTS: '0' });
    expect(dead[0]?.attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });

  it('logs a lost event if there is no dead-letter queue or the queue fails', async () => {
    const without = failing([unavailable], { maximumRetryAttempts: 0, deadLetterArn: undefined });
    await put(without.events, [entry()]);
    await without.events.idle();
    expect(without.lines.join()).toContain('no dead-letter queue');

    const broken = open([rule({ targets: [target({ deadLetterArn: queueArn })] })], {
      deliver: async () => {
        throw new AwsError('AccessDeniedException', 'no', 403);
      },
      deadLetter: async () => {
        throw new AwsError('QueueDoesNotExist', 'no queue', 400);
      },
    });
    await put(broken.events, [entry()]);
    await broken.events.idle();
    expect(broken.lines.join()).toContain('no queue');
  });

  it('does not retry after close', async () => {
    let attempts = 0;
    let firstAttempt: () => void = () => {};
    const tried = new Promise<void>((resolve) => {
      firstAttempt = resolve;
    });
    const { events } = open([rule()], {
      sleep: undefined,
      random: () => 0.999,
      deliver: async () => {
        attempts += 1;
        firstAttempt();
        throw unavailable;
      },
    });
    await put(events, [entry()]);
    await tried;
    events.close();
    await events.idle();
    expect(attempts).toBe(1);
    await expect(put(events, [entry()])).rejects.toMatchObject({ status: 500 });
  });
});

describe('EventBridge: other actions', () => {
  it('lists buses and rules', async () => {
    const { events } = open([rule({ enabled: false })]);
    expect(await events.call('ListEventBuses', {}, {})).toEqual({
      EventBuses: [
        { Name: 'default', Arn: `arn:aws:events:${region}:${accountId}:event-bus/default` },
        { Name: 'bus', Arn: `arn:aws:events:${region}:${accountId}:event-bus/bus` },
      ],
    });
    expect(await events.call('ListRules', { EventBusName: 'bus' }, {})).toMatchObject({
      Rules: [{ Name: 'rule', State: 'DISABLED', EventPattern: '{"source":["app"]}' }],
    });
    expect(await events.call('ListRules', {}, {})).toEqual({ Rules: [] });
  });

  it('tests whether a pattern matches an event', async () => {
    const { events } = open([]);
    const check = (EventPattern: string, Event: string) =>
      events.call('TestEventPattern', { EventPattern, Event }, {});
    expect(await check('{"source":["a"]}', '{"source":"a"}')).toEqual({ Result: true });
    expect(await check('{"source":["a"]}', '{"source":"b"}')).toEqual({ Result: false });
    await expect(check('{', '{}')).rejects.toMatchObject({ code: 'InvalidEventPatternException' });
    await expect(check('{"source":["a"]}', '[]')).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('rejects an unknown action with an error that contains its name', async () => {
    await expect(open([]).events.call('PutRule', {}, {})).rejects.toThrow('PutRule');
  });

  it('rejects an invalid pattern at creation with an error that contains the rule and the reason', () => {
    expect(() => open([rule({ logicalId: 'Bad', pattern: { source: [{ contains: 'x' }] } })])).toThrow(
      /rule Bad: .*Unrecognized match type contains/,
    );
  });
});
