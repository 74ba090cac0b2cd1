// Invokes a handler repeatedly as the Lambda runtime does, and writes the CPU milliseconds per invocation of each round to a file.
// Usage: node invoker.mjs BUNDLE EVENT_FILE INVOCATIONS ROUNDS RESULT_FILE
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [bundle, eventFile, invocations, rounds, resultFile] = process.argv.slice(2);
const { handler } = createRequire(import.meta.url)(bundle);
const event = readFileSync(eventFile, 'utf8');
const context = {
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  awsRequestId: 'ded3f9e3-cbbc-4162-a852-374fcb8bc4fb',
  getRemainingTimeInMillis: () => 20_000,
};
const times = [];
for (let round = 0; round <= Number(rounds); round += 1) {
  const before = process.cpuUsage();
  for (let count = 0; count < Number(invocations); count += 1) {
    JSON.stringify(await handler(JSON.parse(event), context));
  }
  const { user, system } = process.cpuUsage(before);
  if (round > 0) times.push((user + system) / 1000 / Number(invocations)); // the first round warms up the JIT compiler
}
writeFileSync(resultFile, JSON.stringify(times));
process.exit();
