import { parseArgs } from 'node:util';
import type { Violation } from '../simulation/checker';
import { runCrashes } from './crash';
import { runNetwork } from './network';
import { runSoak } from './soak';

type Run = (options: { kills: number; minutes: number; runs: number; seed: number }) => Promise<Violation[]>;

/** Runs against the real process, by their command. */
export const PROCESS_RUNS: { readonly [command: string]: Run | undefined } = {
  crash: runCrashes,
  soak: runSoak,
  network: runNetwork,
};

/** Runs the command and prints the promises that its history breaks. */
export async function runProcess(run: Run, args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '50' },
      minutes: { type: 'string', default: '5' },
      runs: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
    },
  });
  const { kills, minutes, runs, seed } = values;
  const violations = await run({
    ...{ kills: Number(kills), minutes: Number(minutes) },
    ...{ runs: Number(runs), seed: Number(seed) },
  });
  for (const { check, problem } of violations) console.log(`${check}: ${problem}`);
  console.log(violations.length === 0 ? 'No promise broken.' : `${violations.length} problems.`);
  process.exit(violations.length === 0 ? 0 : 1);
}
