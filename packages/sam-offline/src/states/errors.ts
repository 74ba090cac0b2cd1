/** The error of a failed state. `Retry` and `Catch` match the error name. A Fail state can omit the name and the cause. */
export class StateError extends Error {
  readonly errorName: string | undefined;
  readonly causeText: string | undefined;
  /** Whether `addLocation` must add the state to the cause. */
  readonly needsLocation: boolean;

  constructor(errorName: string | undefined, causeText: string | undefined, needsLocation = false) {
    super(`${errorName ?? 'no error name'}: ${causeText ?? 'no cause'}`);
    this.name = 'StateError';
    this.errorName = errorName;
    this.causeText = causeText;
    this.needsLocation = needsLocation;
  }
}

/** Stops a branch after the execution, Map or Parallel state has ended. This error is never reported. */
export class CancelledError extends Error {
  constructor() {
    super('cancelled');
    this.name = 'CancelledError';
  }
}

export const QUERY_EVALUATION_ERROR = 'States.QueryEvaluationError';
export const DATA_LIMIT_EXCEEDED = 'States.DataLimitExceeded';
export const RUNTIME_ERROR = 'States.Runtime';
export const TIMEOUT_ERROR = 'States.Timeout';
export const HEARTBEAT_TIMEOUT_ERROR = 'States.HeartbeatTimeout';
export const TASK_FAILED_ERROR = 'States.TaskFailed';
export const NO_CHOICE_MATCHED = 'States.NoChoiceMatched';

/** Creates an error for a mistake in the definition. `addLocation` adds the state to the cause. */
export function createDefinitionError(errorName: string, causeText: string): StateError {
  return new StateError(errorName, causeText, true);
}

/** Creates the error for a field value of the wrong type. The wording is the same as on AWS. */
export function createTypeError(
  template: { readonly source?: string } | undefined,
  field: string,
  expected: string,
  value: unknown,
): StateError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const subject =
    template?.source === undefined ? 'The value' : `The JSONata expression '${template.source}'`;
  return createDefinitionError(
    QUERY_EVALUATION_ERROR,
    `${subject} specified for the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${type}' for value: ${JSON.stringify(value)?.slice(0, 200)}`,
  );
}

/** Adds the failed state to the beginning of the cause. The wording is the same as on AWS. */
export function addLocation(error: StateError, stateName: string, eventId: number): StateError {
  if (!error.needsLocation) return error;
  const prefix = `An error occurred while executing the state '${stateName}' (entered at the event id #${eventId}).`;
  return new StateError(error.errorName, `${prefix} ${error.causeText ?? ''}`);
}

/**
 * Returns whether an `ErrorEquals` list matches an error. `States.Runtime` cannot be matched and always ends the execution.
 * `States.DataLimitExceeded` is matched only by name. `States.ALL` matches all other errors. `States.TaskFailed` also matches
 * them, except for `States.Timeout` (Step Functions Developer Guide, "Handling errors").
 */
export function matchesErrorEquals(errorEquals: readonly string[], errorName: string | undefined): boolean {
  if (errorName === RUNTIME_ERROR) return false;
  if (errorName !== undefined && errorEquals.includes(errorName)) return true;
  if (errorName === DATA_LIMIT_EXCEEDED) return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && errorName !== TIMEOUT_ERROR;
}
