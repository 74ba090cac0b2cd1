import { isTimeZone, parseSchedule, ScheduleError } from '../src/schedule-expressions/expression';

/** Returns the next times of an expression in UTC, without seconds. */
function nextTimes(expression: string, after: string, timeZone = 'UTC', count = 3): string[] {
  const from = Date.parse(after);
  const times = parseSchedule(expression, from, timeZone);
  const found: string[] = [];
  for (let time = times.next(from); time !== undefined && found.length < count; time = times.next(time)) {
    found.push(new Date(time).toISOString().slice(0, 16));
  }
  return found;
}

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
describe('cron expressions', () => {
  it.each<[string, string, string[]]>([
    // The examples in the documentation. 2026-11-20 is a Friday.
    ['0 10 * * ? *', '2026-11-20T10:00Z', ['2026-11-21T10:00', '2026-11-22T10:00']],
    ['15 12 * * ? *', '2026-11-20T12:00Z', ['2026-11-20T12:15', '2026-11-21T12:15']],
    ['0 18 ? * MON-FRI *', '2026-11-20T12:00Z', ['2026-11-20T18:00', '2026-11-23T18:00']],
    ['0 8 1 * ? *', '2026-11-20T12:00Z', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['0/15 * * * ? *', '2026-11-20T12:01Z', ['2026-11-20T12:15', '2026-11-20T12:30']],
    ['0/10 * ? * MON-FRI *', '2026-11-20T23:45Z', ['2026-11-20T23:50', '2026-11-23T00:00']],
    ['0/5 8-17 ? * MON-FRI *', '2026-11-20T17:50Z', ['2026-11-20T17:55', '2026-11-23T08:00']],
    ['0/30 20-2 ? * MON-FRI *', '2026-11-20T02:00Z', ['2026-11-20T02:30', '2026-11-20T20:00']],
    // Other wildcards.
    ['5/20 6 * * ? *', '2026-11-20T06:00Z', ['2026-11-20T06:05', '2026-11-20T06:25']],
    ['0 9,17 * * ? *', '2026-11-20T09:00Z', ['2026-11-20T17:00', '2026-11-21T09:00']],
    ['0 6 L * ? *', '2026-11-20T09:00Z', ['2026-11-30T06:00', '2026-12-31T06:00']],
    ['0 6 ? * L *', '2026-11-20T09:00Z', ['2026-11-21T06:00', '2026-11-28T06:00']],
    ['0 6 ? * 6L *', '2026-11-20T09:00Z', ['2026-11-27T06:00', '2026-12-25T06:00']],
    ['0 6 ? * 3#2 *', '2026-11-20T09:00Z', ['2026-12-08T06:00', '2027-01-12T06:00']],
    ['0 6 3W * ? *', '2026-09-20T09:00Z', ['2026-10-02T06:00', '2026-11-03T06:00']],
    ['0 6 1 JAN,jul ? *', '2026-11-20T09:00Z', ['2027-01-01T06:00', '2027-07-01T06:00']],
    ['0 6 1 12 ? 2027-2028', '2026-11-20T09:00Z', ['2027-12-01T06:00', '2028-12-01T06:00']],
    ['0 6 ? * 1 *', '2026-11-20T09:00Z', ['2026-11-22T06:00', '2026-11-29T06:00']],
    ['0 6 ? * SUN *', '2026-11-20T09:00Z', ['2026-11-22T06:00', '2026-11-29T06:00']],
    ['0 6 ? * FRI-MON *', '2026-11-20T09:00Z', ['2026-11-21T06:00', '2026-11-22T06:00']],
    ['0 22-3/2 * * ? *', '2026-11-20T21:00Z', ['2026-11-20T22:00', '2026-11-21T00:00']],
    ['0 6 ? 11-1 2#1 *', '2026-11-20T09:00Z', ['2026-12-07T06:00', '2027-01-04T06:00']],
  ])('starts cron(%s) after %s at the documented times', (expression, after, expected) => {
    expect(nextTimes(`cron(${expression})`, after, 'UTC', 2)).toEqual(expected);
  });

  it('ends after the last year', () => {
    expect(nextTimes('cron(0 6 1 1 ? 2020)', '2026-11-20T09:00Z')).toEqual([]);
  });

  it.each([
    '0 10 * * *',
    '0 10 * * * *',
    '0 10 ? * ? *',
    '60 10 * * ? *',
    '0 24 * * ? *',
    '0 10 32 * ? *',
    '0 10 * 13 ? *',
    '0 10 ? * 0 *',
    '0 10 ? * 8 *',
    '0 10 ? * FOO *',
    'x 10 * * ? *',
    '0/0 10 * * ? *',
    '0 22-3/0 * * ? *',
    '',
  ])('rejects cron(%s)', (expression) => {
    expect(() => parseSchedule(`cron(${expression})`, 0)).toThrow(ScheduleError);
  });
});

// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
describe('cron expressions in a time zone', () => {
  it('follows the local time', () => {
    expect(nextTimes('cron(0 9 * * ? *)', '2026-03-07T00:00Z', 'America/New_York')).toEqual([
      '2026-03-07T14:00',
      '2026-03-08T13:00',
      '2026-03-09T13:00',
    ]);
  });

  it('skips a time that does not exist', () => {
    expect(nextTimes('cron(30 2 * * ? *)', '2026-03-07T00:00Z', 'America/New_York')).toEqual([
      '2026-03-07T07:30',
      '2026-03-09T06:30',
      '2026-03-10T06:30',
    ]);
  });

  it('starts once at a time that occurs twice', () => {
    expect(nextTimes('cron(30 1 * * ? *)', '2026-10-31T12:00Z', 'America/New_York')).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
      '2026-11-03T06:30',
    ]);
  });
});

describe('rate expressions', () => {
  it.each([
    ['rate(1 minute)', ['2026-11-20T09:01', '2026-11-20T09:02']],
    ['rate(15 minutes)', ['2026-11-20T09:15', '2026-11-20T09:30']],
    ['rate(5 minute)', ['2026-11-20T09:05', '2026-11-20T09:10']],
    ['rate(1 hour)', ['2026-11-20T10:00', '2026-11-20T11:00']],
    ['rate(2 days)', ['2026-11-22T09:00', '2026-11-24T09:00']],
  ])('starts %s at multiples of the interval', (expression, expected) => {
    expect(nextTimes(expression, '2026-11-20T09:00Z', 'UTC', 2)).toEqual(expected);
  });

  it('starts at the given time, and then at multiples of the interval after this time', () => {
    const times = parseSchedule('rate(10 minutes)', 1_000_000);
    expect([times.next(0), times.next(999_999), times.next(1_000_000), times.next(1_600_001)]).toEqual([
      1_000_000, 1_000_000, 1_600_000, 2_200_000,
    ]);
  });

  it.each(['rate(0 minutes)', 'rate(5 seconds)', 'rate(1.5 hours)', 'rate()'])('rejects %s', (expression) => {
    expect(() => parseSchedule(expression, 0)).toThrow(`Invalid Schedule Expression ${expression}.`);
  });
});

describe('at expressions', () => {
  it('starts once, at the local time of the time zone', () => {
    expect(nextTimes('at(2026-11-20T13:00:00)', '2026-11-20T09:00Z')).toEqual(['2026-11-20T13:00']);
    expect(nextTimes('at(2026-11-20T13:00:00)', '2026-11-20T09:00Z', 'Europe/Berlin')).toEqual([
      '2026-11-20T12:00',
    ]);
    expect(nextTimes('at(2026-11-20T13:00:00)', '2026-11-20T13:00Z')).toEqual([]);
  });

  it.each([
    'at(2026-11-20)',
    'at(2026-11-20T13:00:00Z)',
    'at(2026-13-20T13:00:00)',
    'every(1 day)',
    '5 minutes',
  ])('rejects %s', (expression) => {
    expect(() => parseSchedule(expression, 0)).toThrow(ScheduleError);
  });
});

it('recognizes the time zones of the IANA database', () => {
  expect(['Europe/Berlin', 'UTC', 'Mars/Phobos'].map(isTimeZone)).toEqual([true, true, false]);
});
