import { createStates, type ExecutionRecord, type Invoke, type StateFailure } from '../states';
import type { StateMachineModel } from '../states/model';

export interface RunOptions {
  readonly stateMachine: StateMachineModel;
  readonly input: unknown;
  /** Handles the AWS service calls of states. To make a call fail, throw an `AwsError`. */
  readonly invoke: Invoke;
  /** Returns the service's time in epoch milliseconds. Default: the system clock. */
  readonly now?: () => number;
  /**
   * Waits for a retry, a timeout or a Wait state. Settles early if the signal is aborted. Default: timers. To simulate time,
   * replace both `sleep` and `now`. Expressions then have no time limit, so that the result does not depend on the speed of the
   * machine.
   */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called when a state has failed after all retries, even if the error is caught. */
  readonly onStateFailed?: (failure: StateFailure) => void;
  /**
   * Returns a number in [0, 1) for `$random()` and for retries with jitter. Default: 0, so that retries with jitter do not
   * wait.
   */
  readonly random?: () => number;
}

/** Runs an execution and returns its record. Does not throw if the execution fails. */
export function runStateMachine({
  stateMachine,
  input,
  invoke,
  now,
  sleep,
  random = () => 0,
  onStateFailed,
}: RunOptions): Promise<ExecutionRecord> {
  return new Promise((resolve, reject) => {
    const states = createStates({
      stateMachines: [stateMachine],
      random,
      onExecution: resolve,
      invoke,
      ...(now ? { now } : {}),
      ...(sleep ? { sleep, expressionTimeoutMs: 0 } : {}),
      ...(onStateFailed ? { onStateFailed } : {}),
    });
    const request = { stateMachineArn: stateMachine.arn, input: JSON.stringify(input) };
    states.call('StartExecution', request, {}).catch(reject);
  });
}
