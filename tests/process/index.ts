import { parseArgs } from 'node:util';
import type { Violation } from '../simulation/checker';
import { runCrashes } from './crash';
import { runNetwork } from './network';
import { runSoak } from './soak';

interface Options {
  /** The number of times that the runtime is killed. */
  kills: number;
  minutes: number;
  /** The number of user actions per second. */
  rate: number;
  /** The number of rooms. Each room has a different seed. */
  runs: number;
  seed: number;
}

type Run = (options: Options) => Promise<Violation[]>;

/** Runs against the real process, by command. */
export const PROCESS_RUNS: { readonly [command: string]: Run | undefined } = {
  crash: runCrashes,
  soak: runSoak,
  network: runNetwork,
};

/** Runs the command and prints the promises that its history violates. */
export async function runProcess(run: Run, args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '50' },
      minutes: { type: 'string', default: '5' },
      rate: { type: 'string', default: '5' },
      runs: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
    },
  });
  const { kills, minutes, rate, runs, seed } = values;
  const violations = await run({
    ...{ kills: Number(kills), minutes: Number(minutes), rate: Number(rate) },
    ...{ runs: Number(runs), seed: Number(seed) },
  });
  for (const { check, problem } of violations) console.log(`${check}: ${problem}`);
  console.log(violations.length === 0 ? 'No promise broken.' : `${violations.length} problems.`);
  process.exit(violations.length === 0 ? 0 : 1);
}
