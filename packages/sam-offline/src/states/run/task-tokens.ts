import { createTaskToken, findStateMachineOfToken } from '../../aws/task-token';
import { AwsError } from '../../core/service';
import type { Sleep } from '../../time/runtime-clock';
import { HEARTBEAT_TIMEOUT_ERROR, StateError } from '../errors';
import type { Cancellation } from './cancellation';

/** A task that waits for SendTaskSuccess or SendTaskFailure. */
interface WaitingTask {
  readonly succeed: (output: unknown) => void;
  readonly fail: (error: StateError) => void;
  heartbeat: () => void;
}

/** The tasks that wait for a callback, by task token. */
export class TaskTokens {
  private readonly waiting = new Map<string, WaitingTask>();

  /**
   * Opens a token. Call `close` when the task has ended.
   *
   * @returns the token, and a function that waits for the outcome of the task
   */
  open(stateMachineArn: string): {
    readonly token: string;
    readonly wait: WaitForToken;
    readonly close: () => void;
  } {
    const token = createTaskToken(stateMachineArn);
    let task: WaitingTask | undefined;
    const outcome = new Promise<unknown>((resolve, reject) => {
      task = { succeed: resolve, fail: reject, heartbeat: () => undefined };
    });
    outcome.catch(() => undefined);
    const opened = task as unknown as WaitingTask;
    this.waiting.set(token, opened);
    return {
      token,
      wait: (heartbeatMs, cancellation, sleep) =>
        heartbeatMs === undefined
          ? outcome
          : waitWithHeartbeats(opened, outcome, heartbeatMs, cancellation, sleep),
      close: () => {
        this.waiting.delete(token);
        opened.succeed(undefined);
      },
    };
  }

  /**
   * Ends a task with a result. Throws AwsError TaskTimedOut if the task has already ended, and InvalidToken if the token is not
   * valid.
   */
  succeed(token: unknown, output: unknown): void {
    this.take(token).succeed(output);
  }

  /** Ends a task with an error. */
  fail(token: unknown, error: string | undefined, cause: string | undefined): void {
    this.take(token).fail(new StateError(error, cause));
  }

  /** Restarts the heartbeat timeout of a task. */
  heartbeat(token: unknown): void {
    this.find(token).heartbeat();
  }

  private take(token: unknown): WaitingTask {
    const task = this.find(token);
    this.waiting.delete(String(token));
    return task;
  }

  private find(token: unknown): WaitingTask {
    const task = this.waiting.get(String(token));
    if (task) return task;
    if (findStateMachineOfToken(token) === undefined)
      throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  }
}

/**
 * Waits for the outcome. Fails with States.HeartbeatTimeout if there is no heartbeat for `heartbeatMs`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
 */
type WaitForToken = (
  heartbeatMs: number | undefined,
  cancellation: Cancellation,
  sleep: Sleep,
) => Promise<unknown>;

async function waitWithHeartbeats(
  task: WaitingTask,
  outcome: Promise<unknown>,
  heartbeatMs: number,
  cancellation: Cancellation,
  sleep: Sleep,
): Promise<unknown> {
  const ended = outcome.then((value) => ({ value }));
  for (;;) {
    const beat = new Promise<undefined>((resolve) => {
      task.heartbeat = () => resolve(undefined);
    });
    const createError = () => new StateError(HEARTBEAT_TIMEOUT_ERROR, undefined);
    const result = await cancellation.withTimeout(
      heartbeatMs,
      sleep,
      Promise.race([ended, beat]),
      createError,
    );
    if (result) return result.value;
  }
}
