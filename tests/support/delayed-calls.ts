import type fc from 'fast-check';

/** Delays the calls of the named ports until the scheduler chooses them, so that each schedule is another order of their effects. */
export function delayCalls<Deps extends object>(
  deps: Deps,
  ports: readonly (keyof Deps & string)[],
  scheduler: fc.Scheduler,
): Deps {
  const delayed = (port: object) =>
    Object.fromEntries(
      Object.entries(port).map(([name, call]) => [
        name,
        async (...args: unknown[]) => {
          await scheduler.schedule(Promise.resolve(), name);
          return call(...args);
        },
      ]),
    );
  return { ...deps, ...Object.fromEntries(ports.map((name) => [name, delayed(deps[name] as object)])) };
}
