import type { RoleModel } from '../iam/model';

/** A schedule of EventBridge Scheduler. */
export interface ScheduleModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** The schedule expression: `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string;
  /** The time zone of the expression, for example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly enabled: boolean;
  /** The StartDate and EndDate in epoch milliseconds. */
  readonly startAt?: number;
  readonly endAt?: number;
  /** The role that Scheduler assumes to call the target. */
  readonly role: RoleModel & { readonly arn: string };
  readonly target: ScheduleTargetModel;
}

/** The schedule of an EventBridge rule. */
export interface RuleScheduleModel {
  readonly logicalId: string;
  readonly arn: string;
  /** A `rate` or `cron` expression in UTC. Absent if the rule has only a pattern. */
  readonly schedule?: string;
  readonly enabled: boolean;
}

export interface ScheduleTargetModel {
  /** The ARN of a function, state machine, queue or event bus. */
  readonly arn: string;
  /** The input that the target receives. If absent, Scheduler sends an event. */
  readonly input?: string;
  /** The maximum age of an event. Default: 86,400. */
  readonly maximumEventAgeSeconds: number;
  /** The maximum number of retries. Default: 185. */
  readonly maximumRetryAttempts: number;
  /** The ARN of the dead-letter queue. */
  readonly deadLetterArn?: string;
  /** The EventBridgeParameters of a target that is an event bus. */
  readonly event?: { readonly source: string; readonly detailType: string };
  /** The SqsParameters.MessageGroupId of a target that is a FIFO queue. */
  readonly messageGroupId?: string;
}
