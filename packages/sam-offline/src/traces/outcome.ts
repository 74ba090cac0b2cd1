import { type Segment, type Subsegment, walkSpans } from './segment';

/** How a call went wrong, in X-Ray's words: 5xx, 429, any other 4xx. */
export type Outcome = 'fault' | 'throttle' | 'error';

/**
 * What went wrong in a segment or subsegment itself; undefined if nothing did. Where the service's answer is known, its
 * status decides: X-Ray's SDK calls every rejected call a fault, those too that the service only refused.
 */
export function classifyOutcome({ fault, error, throttle, http }: Subsegment): Outcome | undefined {
  const status = http?.response?.status ?? 0;
  if (throttle || status === 429) return 'throttle';
  if (status >= 400 && status < 500) return 'error';
  if (fault) return 'fault';
  return error ? 'error' : undefined;
}

/** What went wrong, by the ids of the segments and subsegments in which something did. */
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
