import { AwsError, type JsonObject } from '../src/core/service';
import { createEvents } from '../src/events';
import type { RuleModel } from '../src/events/model';
import { createSchedules, type Schedules } from '../src/scheduler';
import type { ScheduleModel } from '../src/scheduler/model';
import { RuntimeClock } from '../src/time/runtime-clock';

const region = 'eu-central-1';
const accountId = '123456789012';
const ROLE_ARN = `arn:aws:iam::${accountId}:role/r`;
const NOW = Date.parse('2026-11-20T09:00:30Z');
const MINUTE = 60_000;

const schedule = (expression: string, more: Partial<ScheduleModel> = {}): ScheduleModel => ({
  logicalId: 'Job',
  name: 'job',
  arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/job`,
  expression,
  timeZone: 'UTC',
  enabled: true,
  role: { statements: [], unresolved: [], arn: ROLE_ARN },
  ...more,
  target: {
    arn: `arn:aws:lambda:${region}:${accountId}:function:f`,
    maximumEventAgeSeconds: 86_400,
    maximumRetryAttempts: 185,
    ...more.target,
  },
});

const rule = (expression: string, more: Partial<RuleModel> = {}): RuleModel => ({
  logicalId: 'Rule',
  name: 'rule',
  arn: `arn:aws:events:${region}:${accountId}:rule/rule`,
  eventBusName: 'default',
  schedule: expression,
  enabled: true,
  targets: [{ id: 't', arn: 'arn:target', maximumEventAgeSeconds: 60, maximumRetryAttempts: 0 }],
  ...more,
});

const opened: Schedules[] = [];
afterEach(async () => {
  for (const schedules of opened.splice(0)) await schedules.close();
});

function start(
  given: { schedules?: ScheduleModel[]; rules?: RuleModel[] },
  respond: (attempt: number) => void = () => undefined,
) {
  const clock = new RuntimeClock(() => NOW);
  const runs: { at: string; payload: string; principal?: string }[] = [];
  const events: JsonObject[] = [];
  const dead: { queueArn: string; body: string; attributes: Record<string, string> }[] = [];
  const bus = createEvents({
    buses: [],
    rules: given.rules ?? [],
    region,
    accountId,
    clock: clock.now,
    deliver: async (_arn, event) => {
      events.push(event as JsonObject);
    },
    deadLetter: async () => undefined,
  });
  const schedules = createSchedules({
    schedules: given.schedules ?? [],
    rules: given.rules ?? [],
    region,
    accountId,
    clock,
    startRule: bus.startRule,
    deliver: async (_schedule, payload, context) => {
      runs.push({ at: new Date(clock.now()).toISOString().slice(0, 19), payload, ...context });
      respond(runs.length);
    },
    deadLetter: async (queueArn, body, attributes) => {
      dead.push({ queueArn, body, attributes });
    },
    log: () => undefined,
  });
  opened.push(schedules);
  schedules.start();
  const settle = async () => {
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    schedules,
    runs,
    events,
    dead,
    advance: async (millis: number) => {
      await clock.advance(millis);
      await settle();
    },
    times: () => runs.map(({ at }) => at.slice(11)),
  };
}

describe('a schedule of EventBridge Scheduler', () => {
  it('starts its target at the times of a cron expression, with its role', async () => {
    const app = start({ schedules: [schedule('cron(0/5 * * * ? *)')] });
    await app.advance(10 * MINUTE);
    expect(app.times()).toEqual(['09:05:00', '09:10:00']);
    expect(app.runs[0]?.principal).toBe(ROLE_ARN);
  });

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
  it('starts a rate immediately or at its StartDate', async () => {
    const app = start({ schedules: [schedule('rate(5 minutes)')] });
    await app.advance(5 * MINUTE);
    expect(app.times()).toEqual(['09:00:30', '09:05:30']);
    const later = start({ schedules: [schedule('rate(5 minutes)', { startAt: NOW + 2 * MINUTE })] });
    await later.advance(8 * MINUTE);
    expect(later.times()).toEqual(['09:02:30', '09:07:30']);
  });

  it('keeps the interval of a rate with a StartDate in the past, and ends at its EndDate', async () => {
    const app = start({
      schedules: [schedule('rate(5 minutes)', { startAt: NOW - MINUTE, endAt: NOW + 9 * MINUTE })],
    });
    await app.advance(60 * MINUTE);
    expect(app.times()).toEqual(['09:04:30', '09:09:30']);
  });

  it('starts once at a local time of a time zone', async () => {
    const app = start({ schedules: [schedule('at(2026-11-20T10:30:00)', { timeZone: 'Europe/Berlin' })] });
    await app.advance(24 * 60 * MINUTE);
    expect(app.times()).toEqual(['09:30:00']);
  });

  it('does not wait for a retry when it is closed during a delivery', async () => {
    let isClosed = false;
    const app = start({ schedules: [schedule('rate(5 minutes)')] }, (attempt) => {
      // The delay before the next retry is one minute.
      if (attempt === 7) void app.schedules.close().then(() => (isClosed = true));
      throw new AwsError('ServiceException', 'x', 500);
    });
    await app.advance(63_000);
    expect([app.runs.length, isClosed]).toEqual([7, true]);
  });

  it('does not start if it is disabled or closed', async () => {
    const app = start({ schedules: [schedule('rate(1 minute)', { enabled: false })] });
    await app.advance(5 * MINUTE);
    expect(app.runs).toEqual([]);
    const closed = start({ schedules: [schedule('cron(0/5 * * * ? *)')] });
    await opened.at(-1)?.close();
    await closed.advance(10 * MINUTE);
    expect(closed.runs).toEqual([]);
  });

  it('sends a scheduled event if the target has no input', async () => {
    const app = start({ schedules: [schedule('at(2026-11-20T09:01:00)')] });
    await app.advance(MINUTE);
    expect(JSON.parse(app.runs[0]?.payload ?? '')).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: accountId,
      time: '2026-11-20T09:01:00Z',
      region,
      resources: [`arn:aws:scheduler:${region}:${accountId}:schedule/default/job`],
      detail: '{}',
    });
  });

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
  it('replaces context attributes in its input', async () => {
    const input =
      '<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number> <aws.scheduler.x> <aws.scheduler.constructor>';
    const target = { ...schedule('rate(1 day)').target, input };
    const app = start({ schedules: [schedule('at(2026-11-20T09:01:00)', { target })] });
    await app.advance(MINUTE);
    expect(app.runs[0]?.payload).toBe(
      `arn:aws:scheduler:${region}:${accountId}:schedule/default/job 2026-11-20T09:01:00Z 1 <aws.scheduler.x> <aws.scheduler.constructor>`,
    );
  });

  it('retries throttled calls, then uses the dead-letter queue', async () => {
    const target = {
      ...schedule('rate(1 day)').target,
      input: '<aws.scheduler.attempt-number>',
      maximumRetryAttempts: 2,
      deadLetterArn: 'arn:dead',
    };
    const app = start({ schedules: [schedule('at(2026-11-20T09:01:00)', { target })] }, () => {
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    });
    await app.advance(MINUTE);
    for (let i = 0; i < 3; i += 1) await app.advance(MINUTE);
    expect(app.runs.map(({ payload }) => payload)).toEqual(['1', '2', '3']);
    expect(app.dead).toEqual([
      {
        queueArn: 'arn:dead',
        body: '3',
        attributes: {
          ERROR_CODE: 'TooManyRequestsException',
          ERROR_MESSAGE: 'Rate Exceeded.',
          EXECUTION_ID: expect.any(String),
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          IS_PAYLOAD_TRUNCATED: 'false',
          RETRY_ATTEMPTS: '2',
          SCHEDULED_TIME: '2026-11-20T09:01:00Z',
          SCHEDULE_ARN: schedule('').arn,
          TARGET_ARN: target.arn,
        },
      },
    ]);
  });

  it('does not retry a rejected call', async () => {
    const target = { ...schedule('rate(1 day)').target, deadLetterArn: 'arn:dead' };
    const app = start({ schedules: [schedule('at(2026-11-20T09:01:00)', { target })] }, () => {
      throw new AwsError('AccessDeniedException', 'no', 403);
    });
    await app.advance(2 * MINUTE);
    expect(app.runs).toHaveLength(1);
    expect(app.dead[0]?.attributes).toMatchObject({
      ERROR_CODE: 'AccessDeniedException',
      RETRY_ATTEMPTS: '0',
    });
    expect(app.dead[0]?.attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });
});

describe('a rule with a schedule', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
  it('sends a scheduled event for the first time after one interval', async () => {
    const app = start({ rules: [rule('rate(5 minutes)')] });
    await app.advance(4 * MINUTE);
    expect(app.events).toEqual([]);
    await app.advance(6 * MINUTE);
    const event = (time: string) => ({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: accountId,
      time,
      region,
      resources: [rule('').arn],
      detail: {},
    });
    expect(app.events).toEqual([event('2026-11-20T09:05:30Z'), event('2026-11-20T09:10:30Z')]);
  });

  it('does not run if it is disabled', async () => {
    const app = start({ rules: [rule('rate(5 minutes)', { enabled: false })] });
    await app.advance(10 * MINUTE);
    expect(app.events).toEqual([]);
  });
});
