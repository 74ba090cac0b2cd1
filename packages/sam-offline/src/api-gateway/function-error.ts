/** Describes the result of a failed function in one line. The function's log contains the stack trace. */
export function describeFunctionError(functionError: string, payload: unknown): string {
  const { errorType, errorMessage } = (payload ?? {}) as { errorType?: unknown; errorMessage?: unknown };
  const error =
    typeof errorMessage === 'string'
      ? [errorType, errorMessage].filter(Boolean).join(': ')
      : JSON.stringify(payload);
  return `The function failed (${functionError}): ${error}`;
}
