import type { RoleModel } from '../iam/model';

/** A schedule of EventBridge Scheduler. */
export interface ScheduleModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string;
  /** The time zone of the expression, for example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly enabled: boolean;
  /** StartDate and EndDate in epoch milliseconds. */
  readonly startAt?: number;
  readonly endAt?: number;
  /** The role that Scheduler assumes to call the target. */
  readonly role: RoleModel & { readonly arn: string };
  readonly target: ScheduleTargetModel;
}

/** The schedule of a rule of EventBridge. */
export interface RuleScheduleModel {
  readonly logicalId: string;
  readonly arn: string;
  /** A `rate` or `cron` expression in UTC. Absent if the rule has a pattern only. */
  readonly schedule?: string;
  readonly enabled: boolean;
}

export interface ScheduleTargetModel {
  /** The ARN of a function, state machine, queue or event bus. */
  readonly arn: string;
  /** Absent if Scheduler sends its own event. */
  readonly input?: string;
  /** Default: 86,400. */
  readonly maximumEventAgeSeconds: number;
  /** Default: 185. */
  readonly maximumRetryAttempts: number;
  /** The ARN of the dead-letter queue. */
  readonly deadLetterArn?: string;
  /** EventBridgeParameters, for event buses. */
  readonly event?: { readonly source: string; readonly detailType: string };
  /** SqsParameters.MessageGroupId, for FIFO queues. */
  readonly messageGroupId?: string;
}
