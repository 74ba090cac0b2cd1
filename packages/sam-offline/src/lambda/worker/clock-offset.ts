/**
 * Shifts the clock of this thread: `Date` differs from the system clock by `offsetMs`. Timers and `performance` are not
 * affected.
 */
export function setClockOffset(offsetMs: number): void {
  if (offsetMs === 0) return;
  const SystemDate = Date;
  const now = () => SystemDate.now() + offsetMs;
  const ShiftedDate = new Proxy(SystemDate, {
    apply: () => new SystemDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  });
  SystemDate.prototype.constructor = ShiftedDate;
  globalThis.Date = ShiftedDate;
}
