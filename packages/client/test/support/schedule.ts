import fc from 'fast-check';

/** An action of a participant or a fault of its network. Times are in the client's milliseconds. */
export type Step =
  | { pause: number; act: 'send' | 'cut' | 'online' }
  /** The server is unreachable, or the network drops every frame, for `ms`. */
  | { pause: number; act: 'offline' | 'blackhole'; ms: number }
  /** Leaves the room, abandoning unanswered sends, and joins again. */
  | { pause: number; act: 'leave' }
  /** Every stored entry of the room expires. */
  | { pause: number; act: 'expire' };

/** Bounds of the generated schedules. */
export interface ScheduleLimits {
  /** Longest pause. Outages last at most this long or 30 seconds, whichever is shorter. */
  maxPauseMs: number;
  /** Each lost request or reply costs the client a timeout. */
  maxFrameLossPercent: number;
  allowsExpiry: boolean;
}

export function schedules({ maxPauseMs, maxFrameLossPercent, allowsExpiry }: ScheduleLimits) {
  return fc.record({
    seed: fc.nat(),
    rates: fc.record({
      pushLoss: rate(40),
      frameLoss: rate(maxFrameLossPercent),
      duplicates: rate(30),
      slowFrames: rate(20),
      quickMs: fc.nat({ max: 80 }),
      slowMs: fc.nat({ max: 2000 }),
      staleResumes: fc.integer({ min: 20, max: 70 }).map((percent) => percent / 100),
    }),
    participants: fc.array(steps(maxPauseMs, allowsExpiry), { minLength: 1, maxLength: 3 }),
  });
}

export type Schedule = ReturnType<typeof schedules> extends fc.Arbitrary<infer T> ? T : never;

function steps(maxPauseMs: number, allowsExpiry: boolean): fc.Arbitrary<Step[]> {
  const pause = fc.oneof(
    { weight: 95, arbitrary: fc.nat({ max: 1500 }) },
    { weight: 5, arbitrary: fc.nat({ max: maxPauseMs }) },
  );
  const ms = fc.nat({ max: Math.min(maxPauseMs, 30_000) });
  return fc.array(
    fc.oneof(
      weighted(50, fc.record({ pause, act: fc.constant('send' as const) })),
      weighted(15, fc.record({ pause, act: fc.constantFrom('cut' as const, 'online' as const) })),
      weighted(15, fc.record({ pause, act: fc.constantFrom('offline' as const, 'blackhole' as const), ms })),
      weighted(5, fc.record({ pause, act: fc.constant('leave' as const) })),
      weighted(allowsExpiry ? 8 : 0, fc.record({ pause, act: fc.constant('expire' as const) })),
    ),
    { minLength: 2, maxLength: 10 },
  );
}

function weighted(weight: number, arbitrary: fc.Arbitrary<Step>) {
  return { weight, arbitrary };
}

function rate(maxPercent: number) {
  return fc.nat({ max: maxPercent }).map((percent) => percent / 100);
}
