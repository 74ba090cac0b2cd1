/**
 * Why a state failed: an error name, as `Retry` and `Catch` match it, and a cause. Both may be absent, as in a
 * Fail state without them.
 */
export class StateError extends Error {
  readonly error: string | undefined;
  /** The text without `located`'s prefix, or the whole cause. */
  readonly detail: string | undefined;
  /** Whether the cause still has to say in which state it happened (see `locate`). */
  readonly unlocated: boolean;

  constructor(error: string | undefined, detail: string | undefined, unlocated = false) {
    super(`${error ?? 'no error name'}: ${detail ?? 'no cause'}`);
    this.name = 'StateError';
    this.error = error;
    this.detail = detail;
    this.unlocated = unlocated;
  }
}

/** What runs on in a branch whose execution, Map or Parallel is already over stops with this. Never reported. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
    this.name = 'Cancelled';
  }
}

export const QUERY_EVALUATION_ERROR = 'States.QueryEvaluationError';
export const DATA_LIMIT_EXCEEDED = 'States.DataLimitExceeded';
export const RUNTIME = 'States.Runtime';
export const TIMEOUT = 'States.Timeout';
export const NO_CHOICE_MATCHED = 'States.NoChoiceMatched';

/** A failure of the state machine's own making; the state it happened in is added by `locate`. */
export function inState(error: string, detail: string): StateError {
  return new StateError(error, detail, true);
}

/** A field's value is of another type than the field needs; in AWS's words. `template`: what gave the value. */
export function typeError(
  template: { readonly source?: string } | undefined,
  field: string,
  expected: string,
  value: unknown,
): StateError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const subject =
    template?.source === undefined ? 'The value' : `The JSONata expression '${template.source}'`;
  return inState(
    QUERY_EVALUATION_ERROR,
    `${subject} specified for the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${type}' for value: ${JSON.stringify(value)?.slice(0, 200)}`,
  );
}

/** The error with the state it happened in put before its cause, in AWS's words. */
export function locate(error: StateError, stateName: string, eventId: number): StateError {
  if (!error.unlocated) return error;
  const where = `An error occurred while executing the state '${stateName}' (entered at the event id #${eventId}).`;
  return new StateError(error.error, `${where} ${error.detail ?? ''}`);
}

/**
 * Whether an `ErrorEquals` list matches an error. `States.Runtime` matches nothing: it always ends the execution.
 * `States.DataLimitExceeded` matches by its own name only. `States.ALL` matches everything else,
 * `States.TaskFailed` everything else but `States.Timeout` (Step Functions Developer Guide, "Handling errors").
 */
export function matches(errorEquals: readonly string[], error: string | undefined): boolean {
  if (error === RUNTIME) return false;
  if (error !== undefined && errorEquals.includes(error)) return true;
  if (error === DATA_LIMIT_EXCEEDED) return false;
  if (errorEquals.includes('States.ALL')) return true;
  return errorEquals.includes('States.TaskFailed') && error !== TIMEOUT;
}
