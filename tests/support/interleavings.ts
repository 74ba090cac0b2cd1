/**
 * Selects the next step of an execution. Returns a number from 0 to `options` - 1.
 *
 * @param state returns a description of the execution. Executions in equal states continue in the same way.
 */
export type Choose = (options: number, state?: () => string) => number;

/** A pending call of a process. */
interface Call {
  readonly process: string;
  readonly run: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A process that only waits for its calls and only depends on their results. It can make several concurrent calls. */
export interface Process {
  name: string;
  start(call: (run: () => unknown) => Promise<unknown>): Promise<void>;
}

/**
 * Runs processes and executes their calls in an order that `choose` determines. For each fault, a process either crashes at a
 * call, or repeats the call because it receives no response. In both cases, the call that was sent takes effect at any later
 * time, or never.
 *
 * @param observer `afterCall` is called after each effect. `describe` returns the shared state of the processes.
 * @returns the calls that were sent but have not taken effect.
 */
export async function runInterleaved(
  processes: readonly Process[],
  choose: Choose,
  faults: number,
  { afterCall, describe }: { afterCall: () => void; describe: () => string },
): Promise<(() => void)[]> {
  const waiting = new Map<string, Call>();
  const histories = new Map<string, string[]>();
  let sent: { from: string; run: () => unknown }[] = [];
  let [faultsLeft, failure] = [faults, undefined as unknown];

  const effect = (run: () => unknown) => {
    try {
      return { result: run() };
    } catch (error) {
      return { error };
    } finally {
      afterCall();
    }
  };
  const respond = (id: string, { run, process, resolve, reject }: Call) => {
    waiting.delete(id);
    const { result, error } = effect(run);
    histories.get(process)?.push(`${id}: ${JSON.stringify(result ?? error)}`);
    if (error === undefined) resolve(result);
    else reject(error);
  };
  for (const { name, start } of processes) {
    histories.set(name, []);
    let calls = 0;
    const call = (run: () => unknown) =>
      new Promise((resolve, reject) => {
        waiting.set(`${name} at ${calls}`, { run, process: name, resolve, reject });
        calls += 1;
      });
    start(call).catch((error) => {
      failure = error;
    });
  }
  const state = () =>
    JSON.stringify([
      [...histories].map(([name, results]) => [name, [...results].sort()]),
      [...waiting.keys()].sort(),
      sent.map(({ from }) => from),
      faultsLeft,
      describe(),
    ]);

  for (;;) {
    await settle();
    if (failure) throw failure;
    const ids = [...waiting.keys()].sort();
    if (ids.length === 0)
      return sent.map(
        ({ run }) =>
          () =>
            void effect(run),
      );
    const fates = faultsLeft > 0 ? 3 : 1;
    const choice = choose(ids.length * fates + sent.length, state);
    const late = sent[choice - ids.length * fates];
    if (late) {
      sent = sent.filter((call) => call !== late);
      effect(late.run);
      continue;
    }
    const id = ids[choice % ids.length] as string;
    const fate = Math.floor(choice / ids.length);
    const call = waiting.get(id) as Call;
    if (fate === 0) {
      respond(id, call);
      continue;
    }
    faultsLeft -= 1;
    // A crash affects all pending calls of the process.
    const lost = fate === 1 ? ids.filter((other) => waiting.get(other)?.process === call.process) : [id];
    for (const other of lost) sent.push({ from: other, run: (waiting.get(other) as Call).run });
    if (fate === 1) for (const other of lost) waiting.delete(other);
  }
}

/** Waits until every process either has a pending call or has ended. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

class KnownState extends Error {}

/**
 * Runs `execute` for every sequence of choices, depth first. Stops an execution when it reaches a state that an earlier
 * execution has reached.
 *
 * @returns the number of executions.
 */
export async function exploreAll(execute: (choose: Choose) => Promise<void>): Promise<number> {
  const path: { choice: number; options: number }[] = [];
  const states = new Set<string>();
  for (let executions = 1; ; executions += 1) {
    let depth = 0;
    const choose: Choose = (options, state) => {
      const known = path[depth];
      depth += 1;
      if (known) return known.choice;
      const described = state?.();
      if (described !== undefined && states.has(described)) throw new KnownState();
      if (described !== undefined) states.add(described);
      path.push({ choice: 0, options });
      return 0;
    };
    await execute(choose).catch((error) => {
      if (!(error instanceof KnownState)) throw error;
    });
    while (path.length > 0 && path.at(-1)?.choice === (path.at(-1)?.options ?? 0) - 1) path.pop();
    const last = path.at(-1);
    if (!last) return executions;
    last.choice += 1;
  }
}
