import { describeSchedules } from '../src/scheduler/overview';
import { load, problemsOf, withFunction, withProperties } from './fixtures/template/load';

const withEvent = (type: string, properties: string) =>
  withProperties(`Events: { Tick: { Type: ${type}, Properties: { ${properties} } } }`);

const withSchedule = (properties: string, target = 'Arn: !GetAtt Fn.Arn') =>
  withFunction(`  Role: { Type: AWS::IAM::Role }
  Queue: { Type: AWS::SQS::Queue }
  Topic: { Type: AWS::SNS::Topic }
  Job:
    Type: AWS::Scheduler::Schedule
    Properties:
      FlexibleTimeWindow: { Mode: FLEXIBLE, MaximumWindowInMinutes: 5 }
      Target: { RoleArn: !GetAtt Role.Arn, ${target} }
      ${properties}
`);

describe('Template: schedules', () => {
  // docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html limits rules only.
  it.each(['rate(5 minute)', 'rate(1 hours)'])(
    'accepts %s for schedules, but rejects it for rules',
    (rate) => {
      expect(load(withEvent('ScheduleV2', `ScheduleExpression: ${rate}`)).schedules).toHaveLength(1);
      expect(problemsOf(withEvent('Schedule', `Schedule: ${rate}`))).toEqual([
        expect.stringContaining(`Invalid Schedule Expression ${rate}. The unit is singular for 1 only.`),
      ]);
    },
  );

  it.each(['rate(1 day)', 'rate(10 minutes)', 'rate(21 days)'])('accepts %s for rules', (rate) => {
    expect(load(withEvent('Schedule', `Schedule: ${rate}`)).rules).toHaveLength(1);
  });

  it('creates a rule for a Schedule event', () => {
    const { rules, functions } = load(
      withEvent('Schedule', 'Schedule: rate(5 minutes), Name: tick, Enabled: false'),
    );
    expect(rules).toEqual([
      {
        logicalId: 'FnTick',
        name: 'tick',
        arn: expect.stringMatching(/:rule\/tick$/),
        eventBusName: 'default',
        schedule: 'rate(5 minutes)',
        enabled: false,
        targets: [expect.objectContaining({ arn: functions[0]?.arn })],
      },
    ]);
  });

  it('creates a schedule for a ScheduleV2 event, and a role that may invoke the function', () => {
    const properties =
      "ScheduleExpression: 'cron(0 9 * * ? *)', ScheduleExpressionTimezone: Europe/Berlin, Input: '{}'";
    const { schedules, functions } = load(withEvent('ScheduleV2', properties));
    const arn = functions[0]?.arn;
    expect(schedules).toEqual([
      {
        logicalId: 'FnTick',
        name: 'FnTick',
        arn: expect.stringMatching(/:scheduler:.*:schedule\/default\/FnTick$/),
        expression: 'cron(0 9 * * ? *)',
        timeZone: 'Europe/Berlin',
        enabled: true,
        role: {
          statements: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn }],
          unresolved: [],
          arn: expect.stringMatching(/:role\/local-FnTickRole-/),
        },
        target: { arn, input: '{}', maximumEventAgeSeconds: 86_400, maximumRetryAttempts: 185 },
      },
    ]);
  });

  it('lists schedules and rules with their expressions', () => {
    const rule = load(withEvent('Schedule', 'Schedule: rate(5 minutes)'));
    const schedule = load(withEvent('ScheduleV2', 'ScheduleExpression: rate(2 hours)'));
    const items = [rule, schedule]
      .flatMap((app) => describeSchedules(app, 3000))
      .map((section) => section.items);
    expect(items).toEqual([['FnTick rate(5 minutes)'], ['FnTick rate(2 hours)']]);
  });

  it('reads a schedule with its dates, group and dead-letter queue', () => {
    const { schedules, queues } = load(
      withSchedule(
        `ScheduleExpression: rate(1 hour)
      GroupName: jobs
      Name: job
      State: DISABLED
      StartDate: 2026-01-01T00:00:00Z
      EndDate: 2027-01-01T00:00:00Z`,
        `Arn: !GetAtt Queue.Arn, SqsParameters: { MessageGroupId: g },
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: !GetAtt Queue.Arn }`,
      ),
    );
    expect(schedules).toMatchObject([
      {
        arn: expect.stringMatching(/schedule\/jobs\/job$/),
        timeZone: 'UTC',
        enabled: false,
        startAt: Date.UTC(2026, 0),
        endAt: Date.UTC(2027, 0),
        target: {
          arn: queues[0]?.arn,
          messageGroupId: 'g',
          deadLetterArn: queues[0]?.arn,
          maximumEventAgeSeconds: 60,
          maximumRetryAttempts: 0,
        },
      },
    ]);
  });

  it.each([
    [
      'an invalid rate in a Schedule event',
      withEvent('Schedule', 'Schedule: rate(1 minutes)'),
      'Invalid Schedule Expression rate(1 minutes).',
    ],
    [
      'at() in a rule',
      withEvent('Schedule', "Schedule: 'at(2026-11-20T13:00:00)'"),
      'Invalid Schedule Expression',
    ],
    [
      'an invalid cron expression in a schedule',
      withSchedule("ScheduleExpression: 'cron(0 9 * * * *)'"),
      'Invalid Schedule Expression cron(0 9 * * * *).',
    ],
    [
      'an unknown time zone',
      withSchedule('ScheduleExpression: rate(1 hour)\n      ScheduleExpressionTimezone: Mars/Phobos'),
      'Mars/Phobos is not a time zone',
    ],
    [
      'a schedule expression in a rule of another bus',
      withFunction(`  Bus: { Type: AWS::Events::EventBus, Properties: { Name: b } }
  Rule: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 hour), EventBusName: !Ref Bus } }
`),
      'ScheduleExpression is supported only on the default event bus.',
    ],
  ])('rejects %s', (_, template, message) => {
    expect(() => load(template)).toThrow(message);
  });

  it('lists a schedule with an unsupported target as a problem', () => {
    const problems = problemsOf(withSchedule('ScheduleExpression: rate(1 hour)', 'Arn: !Ref Topic'));
    expect(problems).toEqual([
      expect.stringContaining('Publishing fails'),
      expect.stringMatching(/The schedule never starts, because its target arn:aws:sns:.* is not emulated/),
    ]);
  });
});
