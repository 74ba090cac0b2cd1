// Loads a bundle and invokes its handler with one event at a time, as the Lambda runtime does. Writes the CPU milliseconds of
// the load, of the first invocation, and per invocation in each round to a file. Also writes the peak memory of the process.
// Usage: node invoker.mjs BUNDLE EVENTS_FILE ROUNDS RESULT_FILE. EVENTS_FILE has one JSON event per line.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [bundle, eventsFile, rounds, resultFile] = process.argv.slice(2);
const events = readFileSync(eventsFile, 'utf8').trimEnd().split('\n');
const context = {
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  awsRequestId: 'ded3f9e3-cbbc-4162-a852-374fcb8bc4fb',
  getRemainingTimeInMillis: () => 20_000,
};
let handler;

async function measure(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function invoke(event) {
  JSON.stringify(await handler(JSON.parse(event), context));
}

const load = await measure(() => {
  ({ handler } = createRequire(import.meta.url)(bundle));
});
const first = await measure(() => invoke(events.shift()));
const perRound = Math.floor(events.length / Number(rounds));
const times = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const batch = events.slice(round * perRound, (round + 1) * perRound);
  const total = await measure(async () => {
    for (const event of batch) await invoke(event);
  });
  if (round > 0) times.push(total / perRound); // the first round warms up the JIT compiler
}
const memory = process.resourceUsage().maxRSS / 1024;
writeFileSync(resultFile, JSON.stringify({ load, first, times, memory }));
process.exit();
