import { Cron } from 'croner';

/** The times at which a schedule starts its target. */
export interface ScheduleTimes {
  /** Returns the first time after `after`, in epoch milliseconds, or undefined if there is no later time. */
  next(after: number): number | undefined;
}

/** An error for an expression that AWS rejects. */
export class ScheduleError extends Error {}

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: 60 * MINUTE, day: 24 * 60 * MINUTE };

/** The fields of a cron expression, with the first and the last value of each field. */
const FIELDS = [
  { name: 'minutes', first: 0, last: 59 },
  { name: 'hours', first: 0, last: 23 },
  { name: 'day-of-month', first: 1, last: 31 },
  { name: 'month', first: 1, last: 12 },
  { name: 'day-of-week', first: 1, last: 7 },
  { name: 'year', first: 1970, last: 2199 },
] as const;

/**
 * Parses a schedule expression: `rate(5 minutes)`, `cron(0 10 * * ? *)` or, for EventBridge Scheduler,
 * `at(2026-11-20T13:00:00)`.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * @param startAt the time at which a rate starts, in epoch milliseconds
 * @param timeZone the time zone of `cron` and `at`, for example `Europe/Berlin`
 * @throws ScheduleError if the expression is not valid
 */
export function parseSchedule(expression: string, startAt: number, timeZone = 'UTC'): ScheduleTimes {
  const [, kind, argument = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') return parseRate(argument, startAt);
  if (kind === 'cron') return parseCron(argument, timeZone);
  if (kind === 'at') return parseTime(argument, timeZone);
  throw new ScheduleError(`Invalid Schedule Expression ${expression}.`);
}

/**
 * Parses a rate. EventBridge Scheduler accepts units in the singular or the plural. For rules, `checkRuleSchedule` requires the
 * correct form.
 */
function parseRate(argument: string, startAt: number): ScheduleTimes {
  const [, digits = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(argument.trim()) ?? [];
  const value = Number(digits);
  if (value < 1) throw new ScheduleError(`Invalid Schedule Expression rate(${argument}).`);
  const period = value * (UNITS[unit] ?? 0);
  return {
    next: (after) => startAt + (after < startAt ? 0 : Math.floor((after - startAt) / period) + 1) * period,
  };
}

function parseCron(argument: string, timezone: string): ScheduleTimes {
  const cron = createCron(argument, timezone);
  return {
    next(after) {
      let time = cron.nextRun(new Date(after));
      // Skips times that do not exist on the day when daylight saving time starts. croner returns the next existing time for
      // them.
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
      while (time && !cron.match(time)) time = cron.nextRun(time);
      return time?.getTime();
    },
  };
}

function createCron(argument: string, timezone: string): Cron {
  const fields = argument.trim().split(/\s+/);
  const [, , dayOfMonth, , dayOfWeek] = fields;
  if (fields.length !== FIELDS.length || (dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new ScheduleError(
      `Invalid Schedule Expression cron(${argument}). It needs six fields, and ? in either day-of-month or day-of-week.`,
    );
  }
  const pattern = ['0', ...fields.map((field, index) => toCronerField(field, index))].join(' ');
  try {
    return new Cron(pattern, { timezone, paused: true, alternativeWeekdays: true });
  } catch (error) {
    throw new ScheduleError(`Invalid Schedule Expression cron(${argument}). ${(error as Error).message}`);
  }
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  month: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  'day-of-week': ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};

/** Rewrites syntax that croner does not support: `START/STEP`, ranges such as `20-2`, and `L` for the last day of the week. */
function toCronerField(field: string, index: number): string {
  const { name, first, last } = FIELDS[index] as (typeof FIELDS)[number];
  if (name === 'day-of-week' && field === 'L') return String(last);
  const names = NAMES[name] ?? [];
  return field
    .toUpperCase()
    .split(',')
    .map((part) => {
      const numbered = part.replace(/[A-Z]{3}/g, (text) => String(names.indexOf(text) + 1 || text));
      // Checked here, because croner accepts weekdays above 7.
      const values = numbered.replace(/[/#].*/, '').match(/\d+/g) ?? [];
      if (values.some((value) => Number(value) < first || Number(value) > last))
        throw new ScheduleError(`Invalid Schedule Expression: ${part} is not a ${name}.`);
      const [, start = '', end, step = '1'] = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(numbered) ?? [];
      if (Number(step) === 0) throw new ScheduleError(`Invalid Schedule Expression: ${part} has the step 0.`);
      if (/^\d+\//.test(numbered)) return `${start}-${last}/${step}`;
      if (end === undefined || Number(start) <= Number(end)) return numbered;
      const length = last - Number(start) + 1 + Number(end) - first + 1;
      const offsets = Array.from({ length: Math.ceil(length / Number(step)) }, (_, i) => i * Number(step));
      return offsets
        .map((offset) => first + ((Number(start) - first + offset) % (last - first + 1)))
        .join(',');
    })
    .join(',');
}

/** Parses a one-time schedule. The time has no UTC offset. */
function parseTime(argument: string, timezone: string): ScheduleTimes {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(argument) || Number.isNaN(Date.parse(`${argument}Z`)))
    throw new ScheduleError(`Invalid Schedule Expression at(${argument}).`);
  const time = new Cron(argument, { timezone, paused: true }).nextRun(new Date(0))?.getTime();
  return { next: (after) => (time !== undefined && time > after ? time : undefined) };
}

/** Returns whether a name is a time zone in the IANA database. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
