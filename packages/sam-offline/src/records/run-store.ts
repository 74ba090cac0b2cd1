import type { FunctionRun } from '../lambda';

export type { FunctionRun };

/** The maximum number of stored runs of a function. */
const MAX_RUNS = 1000;

/** Stores the latest runs of each function in memory. */
export class RunStore {
  private readonly runs = new Map<string, FunctionRun[]>();

  add(functionName: string, run: FunctionRun): void {
    const runs = this.runs.get(functionName);
    if (!runs) this.runs.set(functionName, [run]);
    else if (runs.push(run) >= 2 * MAX_RUNS) runs.splice(0, MAX_RUNS);
  }

  /** Returns the latest runs of a function, oldest first. */
  list(functionName: string): readonly FunctionRun[] {
    return this.runs.get(functionName)?.slice(-MAX_RUNS) ?? [];
  }
}
