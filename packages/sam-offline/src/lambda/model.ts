import type { FunctionCodeModel } from '../bundler/model';
import type { RoleModel } from '../iam/model';

export interface FunctionModel extends FunctionCodeModel {
  readonly name: string;
  readonly arn: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly tracing: 'Active' | 'PassThrough';
  readonly role: RoleModel;
  /** ReservedConcurrentExecutions. */
  readonly reservedConcurrency?: number;
  /**
   * EventInvokeConfig: the maximum age of an asynchronous event (60 to 21,600 seconds, default 21,600), the number of retries
   * (0 to 2, default 2), and the queue for failure records.
   */
  readonly asyncInvoke?: {
    readonly maximumEventAgeSeconds: number;
    readonly maximumRetryAttempts: number;
    readonly onFailureArn?: string;
  };
}
