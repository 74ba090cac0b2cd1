// npm run bench: compares Roomcast with other chat designs, or runs other benchmarks by name. Each other benchmark is a module
// that returns table rows.
import { writeFileSync } from 'node:fs';
import { measureClientSize } from '../packages/client/test/support/client-size';
import { runCommand } from '../scripts/command-line';
import { runComparison } from './comparison/command';
import { DESIGNS } from './comparison/designs';
import { measureContention } from './contention';
import { measureFunctionCpu } from './function-cpu';
import { measureMemory } from './memory';
import { measurePosting } from './posting';
import { measureRuntimes } from './runtimes';
import { measureSchemas } from './schemas';
import { measureSlowReaders } from './slow-readers';
import { measureTextParts } from './text-parts';
import { measureTracing } from './tracing';
import { measureWatch } from './watch';

interface BenchmarkOptions {
  readonly baseline?: string;
  readonly write?: boolean;
}

const benchmarks: Record<string, (options: BenchmarkOptions) => Promise<object[]>> = {
  'client-size': measureClientSize,
  posting: measurePosting,
  'function-cpu': measureFunctionCpu,
  contention: measureContention,
  tracing: measureTracing,
  schemas: measureSchemas,
  memory: measureMemory,
  watch: measureWatch,
  'slow-readers': measureSlowReaders,
  'text-parts': measureTextParts,
  runtimes: measureRuntimes,
};
const names = Object.keys(benchmarks);

const usage = `
Compares Roomcast with other designs of a chat on this machine, in about half an hour: the time, CPU time and memory of a message to
rooms of different sizes, and the highest rate of messages. Needs Linux. With names, runs other benchmarks instead.

  npm run bench -- [options]
  npm run bench -- ${names.join(' | ')} … [--json FILE] [--baseline DIR]

  --sizes N,…      numbers of sockets in the room (default 10,100,1000,4000)
  --rooms N,…      numbers of members of the rooms whose rate is measured (default 10,20)
  --designs NAME,… some of ${DESIGNS.map(({ name }) => name).join(', ')}
  --rounds N       how often to measure each size up to 1,000 (default 2)
  --minutes N      time after which no further measurement starts (default 30)
  --quick          measure 10 and 100 sockets, once, and rates only with --rooms
  --baseline DIR   also measure Roomcast of another checkout, with its packages installed, as design baseline. With function-cpu, also
                   measure the functions of that checkout
  --write          record the results in README.md, docs/benchmarks.md and docs/benchmark.json. With runtimes, record the table in
                   packages/sam-offline/docs/comparison.md
  --json FILE      also write the results to a file
  --help           show this text
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  json: text,
  sizes: text,
  rooms: text,
  designs: text,
  rounds: text,
  minutes: text,
  baseline: text,
  quick: flag,
  write: flag,
};

runCommand({ usage, positionals: names, options }, async ({ json, ...values }, selected) => {
  const results = selected.length > 0 ? await runBenchmarks(selected, values) : await runComparison(values);
  if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
});

async function runBenchmarks(
  selected: readonly string[],
  options: BenchmarkOptions,
): Promise<Record<string, object[]>> {
  const results: Record<string, object[]> = {};
  for (const [name, measure] of Object.entries(benchmarks)) {
    if (!selected.includes(name)) continue;
    results[name] = await measure(options);
    process.stdout.write(`\n${name}\n`);
    console.table(results[name]);
  }
  return results;
}
