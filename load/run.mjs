// Runs the load scenarios: npm run local -- [scenario …] against a runtime of its own, or WS_URL=… npm run aws -- […]
// against a deployed stack. Artillery's reports go to reports/<scenario>.json, and reports/index.html is made of all there are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeForArtillery } from './lib/node.mjs';
import { resultsOf, table } from './lib/results.mjs';
import { makeRooms, stackUnderLoad } from './lib/stack.mjs';

const ALL = ['connect-storm', 'rooms-chat', 'big-room', 'churn', 'broadcast'];
const MOST_ROOMS = 10;

const artillery = join(dirname(createRequire(import.meta.url).resolve('artillery/package.json')), 'bin/run');
process.chdir(dirname(fileURLToPath(import.meta.url)));

const [environment, ...asked] = process.argv.slice(2);
const unknown = asked.find((name) => !ALL.includes(name));
if (!['local', 'aws'].includes(environment) || unknown) {
  console.error(`usage: node run.mjs local|aws [${ALL.join('|')} …]`);
  process.exit(2);
}
if (environment === 'aws' && !process.env.WS_URL) {
  console.error(
    'Which stack? WS_URL=wss://… npm run aws (HTTP_URL and BROADCAST_KEY for the broadcast scenario)',
  );
  process.exit(2);
}

const node = nodeForArtillery();
await mkdir('reports', { recursive: true });
const failed = [];
for (const scenario of asked.length > 0 ? asked : ALL) {
  // Each scenario begins with a stack that has nothing of the last one's left to do.
  const stack = await stackUnderLoad();
  try {
    console.log(`\n== ${scenario}`);
    if (scenario === 'broadcast' && !stack.addresses.BROADCAST_KEY) {
      console.log('  left out: HTTP_URL and BROADCAST_KEY are not set');
      continue;
    }
    if (!(await run(scenario, stack.addresses))) failed.push(scenario);
  } finally {
    await stack.stop();
  }
}
await import('./report.mjs'); // writes the page of all reports
if (failed.length > 0) {
  console.log(`\nNot as expected: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/** One scenario; false if an expectation of its `ensure` does not hold. */
async function run(scenario, addresses) {
  const report = `reports/${scenario}.json`;
  const args = [
    'run',
    `scenarios/${scenario}.yml`,
    '--environment',
    environment,
    '--output',
    report,
    '--quiet',
  ];
  const child = spawn(node, [artillery, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      // One process of artillery's is enough for the plans here, and lets everyone in it wait for everyone.
      WORKERS: '1',
      ARTILLERY_DISABLE_TELEMETRY: 'true',
      ...process.env,
      ...addresses,
      ROOMS: (await makeRooms(addresses.WS_URL, MOST_ROOMS)).join(','),
    },
  });
  const [code] = await once(child, 'exit');
  console.log(table(await resultsOf(report)));
  return code === 0;
}
