import type { ExecutionRecord, StateFailure } from 'sam-offline/testing';

/** The maximum number of causes in the error of a simulation. */
const MAX_CAUSES = 5;

/** The part of a service's error message that differs in each cause. */
const REQUEST_ID = /[;,] Request ID: [-\w]+/;

/** Describes a failed execution and the states that failed. Groups and counts repeated causes. */
export function describeFailure(
  members: number,
  { status, error, cause, startDate }: ExecutionRecord,
  failures: readonly StateFailure[],
  deadLetters: number,
): string {
  const room = `a room of ${members.toLocaleString('en')}`;
  const outcome =
    deadLetters > 0
      ? `The workflow sent the message to ${room} to the dead-letter queue.`
      : `The execution for ${room} ended as ${status}: ${error ?? 'no error'}. ${cause ?? ''}`.trim();
  const causes = new Map<string, { failure: StateFailure; count: number }>();
  for (const failure of failures) {
    const reason = `${failure.name}: ${failure.error}: ${failure.cause}`.replace(REQUEST_ID, '');
    const known = causes.get(reason);
    if (known) known.count += 1;
    else causes.set(reason, { failure, count: 1 });
  }
  const lines = [...causes].slice(0, MAX_CAUSES).map(([reason, { failure, count }]) => {
    const seconds = ((failure.time - startDate) / 1000).toFixed(1);
    return `  after ${seconds} s, ${count} time${count > 1 ? 's' : ''}: ${failure.path}${reason}`;
  });
  return [outcome, ...(lines.length > 0 ? ['Failed states:', ...lines] : [])].join('\n');
}
