import { randomUUID } from 'node:crypto';
import { AwsError, type CallContext } from '../core/service';
import { parseSchedule, type ScheduleTimes } from '../schedule-expressions/expression';
import type { RuntimeClock, Timer } from '../time/runtime-clock';
import type { RuleScheduleModel, ScheduleModel } from './model';

export interface SchedulesOptions {
  readonly schedules: readonly ScheduleModel[];
  readonly rules: readonly RuleScheduleModel[];
  readonly region: string;
  readonly accountId: string;
  readonly clock: Pick<RuntimeClock, 'now' | 'setTimer' | 'sleep'>;
  /** Sends an event to the targets of a rule with a schedule. `time` is in epoch milliseconds. */
  readonly startRule: (ruleArn: string, time: number) => void;
  /** Sends a payload to the target of a schedule. Throws AwsError if the target's service rejects the payload. */
  readonly deliver: (schedule: ScheduleModel, payload: string, context: CallContext) => Promise<void>;
  /** Sends a message with string attributes to a dead-letter queue. */
  readonly deadLetter: (
    queueArn: string,
    body: string,
    attributes: Record<string, string>,
    context: CallContext,
  ) => Promise<void>;
  readonly log: (message: string) => void;
}

/** The schedules of EventBridge Scheduler and of EventBridge rules. */
export interface Schedules {
  /** Starts the schedules. The functions must already be built. */
  start(): void;
  /** Cancels the schedules and pending retries. Resolves when running deliveries have ended. */
  close(): Promise<void>;
}

/** The delay of the first retry. The delay doubles with each retry. */
const RETRY_DELAY_MS = 1_000;
const MAX_RETRY_DELAY_MS = 60_000;

/** Creates the schedules of an application. They use the runtime's clock, so advancing the clock starts the targets. */
export function createSchedules(options: SchedulesOptions): Schedules {
  const { clock, log } = options;
  const timers = new Set<Timer>();
  const deliveries = new Set<Promise<void>>();
  const closing = new AbortController();

  function startSchedule(schedule: ScheduleModel): void {
    const now = clock.now();
    const { startAt = now, endAt = Number.POSITIVE_INFINITY, expression, timeZone } = schedule;
    const times = parseSchedule(expression, startAt, timeZone);
    // A rate first runs at its start time: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    arm(times, Math.max(now, startAt) - 1, endAt, (time) => track(deliver(schedule, time)));
  }

  function startRule({ arn, schedule = '' }: RuleScheduleModel): void {
    const now = clock.now();
    arm(parseSchedule(schedule, now), now, Number.POSITIVE_INFINITY, (time) => options.startRule(arn, time));
  }

  /** Calls `start` at each scheduled time after `after`. */
  function arm(times: ScheduleTimes, after: number, endAt: number, start: (time: number) => void): void {
    const time = times.next(after);
    if (time === undefined || time > endAt) return;
    const timer = clock.setTimer(() => {
      timers.delete(timer);
      arm(times, time, endAt, start);
      start(time);
    }, time - clock.now());
    timers.add(timer);
  }

  function track(work: Promise<void>): void {
    deliveries.add(work);
    void work.finally(() => deliveries.delete(work));
  }

  /** Delivers the payload of one scheduled time, with retries. Never rejects. */
  async function deliver(schedule: ScheduleModel, time: number): Promise<void> {
    const { target, arn, role } = schedule;
    const executionId = randomUUID();
    const context: CallContext = { principal: role.arn };
    for (let retries = 0; !closing.signal.aborted; retries += 1) {
      const payload = createPayload(schedule, time, executionId, retries + 1, options);
      try {
        await options.deliver(schedule, payload, context);
        return;
      } catch (error) {
        const delay = Math.min(RETRY_DELAY_MS * 2 ** retries, MAX_RETRY_DELAY_MS);
        const ageMs = clock.now() + delay - time;
        const exhausted = findExhaustedCondition(target, retries, ageMs);
        if (isRetryable(error) && !exhausted) {
          await clock.sleep(delay, closing.signal);
          continue;
        }
        log(`The schedule ${schedule.logicalId} failed: ${error}`);
        if (target.deadLetterArn === undefined) return;
        const attributes = {
          ERROR_CODE: error instanceof AwsError ? error.code : 'InternalError',
          ERROR_MESSAGE: error instanceof Error ? error.message : String(error),
          EXECUTION_ID: executionId,
          ...(isRetryable(error) && exhausted ? { EXHAUSTED_RETRY_CONDITION: exhausted } : {}),
          IS_PAYLOAD_TRUNCATED: 'false',
          RETRY_ATTEMPTS: String(retries),
          SCHEDULED_TIME: formatTime(time),
          SCHEDULE_ARN: arn,
          TARGET_ARN: target.arn,
        };
        await options
          .deadLetter(target.deadLetterArn, payload, attributes, context)
          .catch((failure) => log(`The dead-letter queue of ${schedule.logicalId} failed: ${failure}`));
        return;
      }
    }
  }

  return {
    start() {
      for (const schedule of options.schedules) if (schedule.enabled) startSchedule(schedule);
      for (const rule of options.rules) if (rule.enabled && rule.schedule !== undefined) startRule(rule);
    },
    async close() {
      closing.abort();
      for (const timer of timers) timer.cancel();
      await Promise.all(deliveries);
    },
  };
}

function findExhaustedCondition(
  target: ScheduleModel['target'],
  retries: number,
  ageMs: number,
): string | undefined {
  if (retries >= target.maximumRetryAttempts) return 'MaximumRetryAttempts';
  return ageMs > target.maximumEventAgeSeconds * 1000 ? 'MaximumEventAgeInSeconds' : undefined;
}

function isRetryable(error: unknown): boolean {
  return error instanceof AwsError && (error.status === 429 || error.status >= 500);
}

/**
 * Returns the target's input, and replaces context attributes with their values. If the target has no input, Scheduler sends an
 * event.
 *
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function createPayload(
  { arn, target }: ScheduleModel,
  time: number,
  executionId: string,
  attempt: number,
  { region, accountId }: SchedulesOptions,
): string {
  if (target.input === undefined) {
    return JSON.stringify({
      version: '0',
      id: executionId,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: accountId,
      time: formatTime(time),
      region,
      resources: [arn],
      detail: '{}',
    });
  }
  const attributes = new Map([
    ['schedule-arn', arn],
    ['scheduled-time', formatTime(time)],
    ['execution-id', executionId],
    ['attempt-number', String(attempt)],
  ]);
  return target.input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (text, name) => attributes.get(name) ?? text);
}

/** Formats epoch milliseconds, for example `2022-03-22T18:59:43Z`. */
function formatTime(millis: number): string {
  return `${new Date(millis).toISOString().slice(0, 19)}Z`;
}
