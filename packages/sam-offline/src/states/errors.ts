/** A state's failure: the error name that `Retry` and `Catch` match, and a cause. A Fail state may omit both. */
export class StateError extends Error {
  readonly errorName: string | undefined;
  readonly causeText: string | undefined;
  /** Whether `addLocation` still has to name the state in the cause. */
  readonly needsLocation: boolean;

  constructor(errorName: string | undefined, causeText: string | undefined, needsLocation = false) {
    super(`${errorName ?? 'no error name'}: ${causeText ?? 'no cause'}`);
    this.name = 'StateError';
    this.errorName = errorName;
    this.causeText = causeText;
    this.needsLocation = needsLocation;
  }
}

/** Stops a branch whose execution, Map or Parallel has already ended. Never reported. */
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

/** Creates an error for a mistake in the definition. `addLocation` adds the state to its cause. */
export function createDefinitionError(errorName: string, causeText: string): StateError {
  return new StateError(errorName, causeText, true);
}

/** Creates the error for a field whose value has the wrong type, in AWS's wording. */
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

/** Prefixes the cause with the state that failed, in AWS's wording. */
export function addLocation(error: StateError, stateName: string, eventId: number): StateError {
  if (!error.needsLocation) return error;
  const prefix = `An error occurred while executing the state '${stateName}' (entered at the event id #${eventId}).`;
  return new StateError(error.errorName, `${prefix} ${error.causeText ?? ''}`);
}

/**
 * Returns whether an `ErrorEquals` list matches an error. Nothing matches `States.Runtime`, which always ends the
 * execution. Only its own name matches `States.DataLimitExceeded`. `States.ALL` matches every other error, and
 * `States.TaskFailed` every other error except `States.Timeout` (Step Functions Developer Guide, "Handling errors").
 */
export function matchesErrorEquals(errorEquals: readonly string[], errorName: string | undefined): boolean {
  if (errorName === RUNTIME_ERROR) return false;
  if (errorName !== undefined && errorEquals.includes(errorName)) return true;
  if (errorName === DATA_LIMIT_EXCEEDED) return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && errorName !== TIMEOUT_ERROR;
}
