import type { StateMachineModel } from '../core/model';
import { createStates, type ExecutionRecord, type Invoke } from '../states';

export interface RunOptions {
  readonly stateMachine: StateMachineModel;
  readonly input: unknown;
  /** Handles the AWS service calls of the states. Throw an `AwsError` to fail a call. */
  readonly invoke: Invoke;
  /** Returns the time of the service in epoch milliseconds. Default: the system clock. */
  readonly now?: () => number;
}

/** Runs one execution and returns its record, whatever its status. Retries with full jitter do not wait. */
export function runStateMachine({ stateMachine, input, invoke, now }: RunOptions): Promise<ExecutionRecord> {
  return new Promise((resolve, reject) => {
    const states = createStates({
      stateMachines: [stateMachine],
      random: () => 0,
      onExecution: resolve,
      invoke,
      ...(now ? { now } : {}),
    });
    const request = { stateMachineArn: stateMachine.arn, input: JSON.stringify(input) };
    states.call('StartExecution', request, {}).catch(reject);
  });
}
