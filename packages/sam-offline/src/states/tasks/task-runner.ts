import type { CallContext, JsonObject } from '../../core/service';

/**
 * Calls an AWS service. `service` is the name in resource ARNs (`lambda`, `dynamodb`, `events`, `sqs`). `action` and the
 * members of input and output have the names of the API. For Lambda's Invoke action, `Payload` is a JSON value in the input and
 * the output, and `FunctionError` is set if the function failed. The service `execute-api` has the action `Invoke`, which sends
 * a request to an API. Its input has the same members as the arguments of `apigateway:invoke`. Throws AwsError for API errors.
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
  /** Resolves when a Standard execution has ended. Resolves immediately for other executions. */
  readonly waitForExecution: (executionArn: string) => Promise<unknown>;
}

/** Runs a Task with the given arguments and returns the result (`$states.result`). Throws StateError. */
export type RunTask = (args: unknown, caller: ServiceCaller) => Promise<unknown>;
