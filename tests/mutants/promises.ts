// Applies one promise mutant at a time and runs the simulation until it finds a violation.
import { parseArgs } from 'node:util';
import { checkHistory } from '../simulation/checker';
import { loadApp } from '../simulation/harness/app';
import { loadBundles, loadEditedBundles } from '../simulation/harness/bundles';
import type { Subject } from '../simulation/harness/subject';
import { runSimulation } from '../simulation/run';
import { drawSchedule } from '../simulation/schedule';
import { PROMISE_MUTANTS, type PromiseMutant } from './promise-mutants';

const HOURS = 0.1;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '500' }, only: { type: 'string', default: '' } },
  });
  for (const mutant of PROMISE_MUTANTS.filter(({ name }) => name.includes(values.only))) {
    const found = await findViolation(await loadMutant(mutant), Number(values.runs));
    console.log(`${mutant.name}: ${found ?? `not found in ${values.runs} runs`}`);
    if (found === undefined) process.exitCode = 1;
  }
}

async function findViolation(subject: Subject, runs: number): Promise<string | undefined> {
  for (let seed = 1; seed <= runs; seed += 1) {
    const { records } = await runSimulation(drawSchedule(seed, HOURS), Promise.resolve(subject));
    const [violation] = checkHistory(records);
    if (violation) return `run ${seed}, ${violation.check}: ${violation.problem}`;
  }
  return undefined;
}

async function loadMutant(mutant: PromiseMutant): Promise<Subject> {
  const app = loadApp();
  if (!mutant.file.endsWith('.asl.json')) return { app, bundles: await loadEditedBundles(mutant) };
  const stateMachines = app.stateMachines.map((model) => {
    const text = JSON.stringify(model.definition);
    if (text.split(mutant.from).length !== 2)
      throw new Error(`The workflow does not have ${mutant.from} once.`);
    return { ...model, definition: JSON.parse(text.replace(mutant.from, () => mutant.to)) };
  });
  return { app: { ...app, stateMachines }, bundles: await loadBundles() };
}

void main();
