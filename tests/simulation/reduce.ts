import { checkHistory } from './checker';
import { activeFaults, withoutFaults } from './faults/profile';
import { runSimulation } from './run';
import type { Schedule, Step } from './schedule';

const MAX_RUNS = 60;

/** Removes faults and steps that are not necessary for a violation of the check. */
export async function reduceSchedule(schedule: Schedule, check: string): Promise<Schedule> {
  let [reduced, runs] = [schedule, 0];
  const tryCandidate = async (candidate: Schedule): Promise<boolean> => {
    if (runs === MAX_RUNS) return false;
    runs += 1;
    const { records } = await runSimulation(candidate);
    if (!checkHistory(records).some((violation) => violation.check === check)) return false;
    reduced = candidate;
    return true;
  };
  for (const fault of activeFaults(schedule.faults))
    await tryCandidate({ ...reduced, faults: withoutFaults(reduced.faults, [fault]) });
  for (let size = Math.ceil(reduced.steps.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let from = 0; from < reduced.steps.length && runs < MAX_RUNS; )
      if (!(await tryCandidate({ ...reduced, steps: without(reduced.steps, from, size) }))) from += size;
  return reduced;
}

function without(steps: readonly Step[], from: number, size: number): Step[] {
  return [...steps.slice(0, from), ...steps.slice(from + size)];
}
