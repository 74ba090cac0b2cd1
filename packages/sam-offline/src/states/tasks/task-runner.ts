import type { CallContext, JsonObject } from '../../core/service';

/**
 * Calls an AWS service. `service` is spelled as in a resource ARN (`lambda`, `dynamodb`, `events`, `sqs`), `action` and
 * the members of input and output as in the API. For Lambda's Invoke, `Payload` is a JSON value in both directions,
 * and a failed function sets `FunctionError`. `execute-api` has the action `Invoke`, a request to an API with the members
 * of the arguments of `apigateway:invoke`. Throws AwsError for API errors.
 */
export type Invoke = (
  service: string,
  action: string,
  input: JsonObject,
  context: CallContext,
) => Promise<JsonObject>;

/** Calls services on behalf of an execution. */
export interface ServiceCaller {
  readonly invoke: Invoke;
  readonly context: CallContext;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** Resolves when a Standard execution has ended, and at once for any other execution. */
  readonly waitForExecution: (executionArn: string) => Promise<unknown>;
}

/** Runs a Task with the given arguments and returns its result (`$states.result`). Throws StateError. */
export type RunTask = (args: unknown, caller: ServiceCaller) => Promise<unknown>;
