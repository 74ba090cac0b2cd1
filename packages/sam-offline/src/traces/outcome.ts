import { type Segment, type Subsegment, walkSpans } from './segment';

/** The X-Ray category of a failed call: fault (5xx), throttle (429) or error (other 4xx). */
export type Outcome = 'fault' | 'throttle' | 'error';

/**
 * Returns the outcome of a failed segment or subsegment, or undefined if it succeeded. A 4xx status takes precedence
 * over `fault`, because the X-Ray SDK marks every rejected call as a fault, including 4xx responses.
 */
export function classifyOutcome({ fault, error, throttle, http }: Subsegment): Outcome | undefined {
  const status = http?.response?.status ?? 0;
  if (throttle || status === 429) return 'throttle';
  if (status >= 400 && status < 500) return 'error';
  if (fault) return 'fault';
  return error ? 'error' : undefined;
}

/** Returns the outcomes of all failed segments and subsegments, by ID. */
export function collectOutcomes(segments: readonly Segment[]): Record<string, Outcome> {
  const outcomes: Record<string, Outcome> = {};
  for (const segment of segments) {
    walkSpans(segment, (span) => {
      const outcome = classifyOutcome(span);
      if (outcome !== undefined) outcomes[span.id] = outcome;
    });
  }
  return outcomes;
}
