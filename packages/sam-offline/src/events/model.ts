import type { RoleModel } from '../iam/model';

export interface EventBusModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

export interface RuleModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly eventBusName: string;
  /** The event pattern. Absent if the rule has only a schedule. */
  readonly pattern?: Readonly<Record<string, unknown>>;
  /** A `rate` or `cron` expression in UTC. */
  readonly schedule?: string;
  readonly enabled: boolean;
  readonly targets: readonly TargetModel[];
}

export interface TargetModel {
  readonly id: string;
  /** The ARN of a function, state machine, queue or event bus. */
  readonly arn: string;
  /** The input that the target receives. Default: the event. */
  readonly input?: TargetInputModel;
  /** The maximum age of an event. Default: 86,400. */
  readonly maximumEventAgeSeconds: number;
  /** The maximum number of retries. Default: 185. */
  readonly maximumRetryAttempts: number;
  /** The ARN of the dead-letter queue. */
  readonly deadLetterArn?: string;
  /** The role that EventBridge assumes to call a state machine or an event bus. */
  readonly role?: RoleModel & { readonly arn: string };
}

/** The Input, InputPath or InputTransformer of a target. */
export type TargetInputModel =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'transformer';
      readonly paths: Readonly<Record<string, string>>;
      readonly template: string;
    };
