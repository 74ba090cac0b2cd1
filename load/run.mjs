// Runs the load scenarios. For the local runtime: npm run local -- [scenario …]. For a deployed stack: WS_URL=… npm run aws --
// [scenario …]. Artillery writes reports/<scenario>.json, and reports/index.html combines all reports.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodeForArtillery } from './lib/node.mjs';
import { formatTable, readResults } from './lib/results.mjs';
import { createRooms, openStack } from './lib/stack.mjs';

const SCENARIOS = ['connect-storm', 'rooms-chat', 'big-room', 'churn', 'broadcast'];
const ROOMS = 10;

const artillery = join(dirname(createRequire(import.meta.url).resolve('artillery/package.json')), 'bin/run');
process.chdir(dirname(fileURLToPath(import.meta.url)));

const [environment = '', ...selected] = process.argv.slice(2);
const unknown = selected.find((name) => !SCENARIOS.includes(name));
if (!['local', 'aws'].includes(environment) || unknown) {
  console.error(`Usage: npm run local|aws -- [${SCENARIOS.join(' | ')}] …`);
  process.exit(2);
}
if (environment === 'aws' && !process.env.WS_URL) {
  console.error(
    'WS_URL is not set. Set it to the WebSocket URL of a deployed stack; for broadcast, also set HTTP_URL and BROADCAST_KEY.',
  );
  process.exit(2);
}

const node = findNodeForArtillery();
await mkdir('reports', { recursive: true });
/** @type {string[]} */
const failed = [];
for (const scenario of selected.length > 0 ? selected : SCENARIOS) {
  // Each scenario gets a new runtime, so that pending work of the previous scenario does not distort the results.
  const stack = await openStack();
  try {
    console.log(`\n== ${scenario}`);
    if (scenario === 'broadcast' && !stack.environment.BROADCAST_KEY) {
      console.log('  skipped: set HTTP_URL and BROADCAST_KEY to run it');
      continue;
    }
    if (!(await runScenario(scenario, stack.environment))) failed.push(scenario);
  } finally {
    await stack.stop();
  }
}
await import('./report.mjs');
if (failed.length > 0) {
  console.log(`\nFailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/**
 * Runs a scenario. Returns false if an expectation in its `ensure` section is not met.
 *
 * @param {string} scenario
 * @param {Awaited<ReturnType<typeof openStack>>['environment']} stackEnvironment
 */
async function runScenario(scenario, stackEnvironment) {
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
      // Virtual users wait for each other, so they must run in one process.
      WORKERS: '1',
      ARTILLERY_DISABLE_TELEMETRY: 'true',
      ...process.env,
      ...stackEnvironment,
      ROOMS: (await createRooms(stackEnvironment.WS_URL, ROOMS)).join(','),
    },
  });
  const [code] = await once(child, 'exit');
  console.log(formatTable(await readResults(report)));
  return code === 0;
}
