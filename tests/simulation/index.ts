import { parseArgs } from 'node:util';
import { PROCESS_RUNS, runProcess } from '../process';
import { checkHistory, type Violation } from './checker';
import { recordsOf } from './checker/records';
import { activeFaults } from './faults/profile';
import { reduceSchedule } from './reduce';
import { runSimulation } from './run';
import { drawChat, drawSchedule, type Schedule } from './schedule';

const MAX_SHOWN = 5;
/**
 * The maximum number of seeds for which every seed is printed. Longer series print every hundredth seed and all failed seeds.
 */
const MAX_LISTED = 100;

/** Runs seeds and prints the violations. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      hours: { type: 'string', default: '1' },
      reduce: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      chat: { type: 'string' },
      minutes: { type: 'string', default: 'Infinity' },
    },
  });
  const [first, runs, hours] = [Number(values.seed), Number(values.runs), Number(values.hours)];
  const cpu = process.cpuUsage();
  const endsAt = Date.now() + Number(values.minutes) * 60_000;
  const faults = new Map<string, number>();
  let [virtualMs, failures, done] = [0, 0, 0];
  for (let seed = first; seed < first + runs && Date.now() < endsAt; seed += 1) {
    done += 1;
    const schedule = values.chat ? drawChat(seed, hours, Number(values.chat)) : drawSchedule(seed, hours);
    const history = await runSimulation(schedule);
    virtualMs += history.records.at(-1)?.t ?? 0;
    if (values.trace) process.stdout.write(history.toText());
    for (const { fault } of recordsOf(history.records, 'fault'))
      faults.set(fault, (faults.get(fault) ?? 0) + 1);
    const violations = checkHistory(history.records);
    if (runs <= MAX_LISTED || done % MAX_LISTED === 0 || violations.length > 0)
      console.log(`seed ${seed}: ${history.records.length} records, ${history.hash().slice(0, 16)}`);
    if (violations.length === 0) continue;
    failures += 1;
    printViolations(violations);
    if (values.reduce) await printReduced(schedule, violations);
    else console.log(`  Repeat: npm run simulate -- --seed ${seed} --runs 1 --hours ${hours} --reduce`);
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (user + system) / 1e6;
  const minutes = virtualMs / 60_000;
  for (const [fault, times] of [...faults].sort()) console.log(`  ${fault}: ${times}`);
  console.log(
    `${done} runs, ${failures} failed: ${Math.round(minutes)} virtual minutes in ${seconds.toFixed(1)} s of CPU, ` +
      `${(minutes / seconds).toFixed(0)} minutes and ${(done / seconds).toFixed(2)} runs per second`,
  );
  process.exitCode = failures > 0 ? 1 : 0;
}

function printViolations(violations: readonly Violation[]): void {
  for (const { check, problem } of violations.slice(0, MAX_SHOWN)) console.log(`  ${check}: ${problem}`);
  if (violations.length > MAX_SHOWN) console.log(`  and ${violations.length - MAX_SHOWN} more`);
}

/** Prints the faults and steps that are necessary for the first violation. */
async function printReduced(schedule: Schedule, [first]: readonly Violation[]): Promise<void> {
  const reduced = await reduceSchedule(schedule, first?.check ?? '');
  console.log(`  Faults: ${activeFaults(reduced.faults).join(', ') || 'none'}`);
  for (const { at, client, act } of reduced.steps) console.log(`  ${at} ms: client-${client} ${act}`);
  printViolations(checkHistory((await runSimulation(reduced)).records));
}

const [command = '', ...args] = process.argv.slice(2);
const run = PROCESS_RUNS[command];
void (run ? runProcess(run, args) : main());
