// npm run test:emulator -- first-hour: simulates the first hour with a new AWS account in the emulator. Runs the commands in
// docs/deployment.md and docs/operations.md in the order in which an operator needs them, and causes failures between them.
// Stops at the first step that fails.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from '../../scripts/stack';
import { root } from '../../testbed/template';
import { startEmulator } from './emulator';
import { createDeploymentSteps } from './first-hour/deployment';
import { createOperationSteps } from './first-hour/operation';

/** A new account can have a Lambda concurrency quota of 10. */
const LIMITS = { LAMBDA_ACCOUNT_CONCURRENCY: '10' };

const print = (line: string) => process.stdout.write(`${line}\n`);

runMain(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomcast-first-hour-'));
  const config = join(folder, 'samconfig.toml');
  await copyFile(join(root, 'samconfig.toml'), config);
  print(`Starting an empty emulator (logs: ${folder})`);
  const emulator = await startEmulator(join(folder, 'emulator.log'), LIMITS);
  Object.assign(process.env, emulator.environment);
  try {
    const steps = [...createDeploymentSteps(config), ...createOperationSteps(config)];
    for (const [index, { name, run }] of steps.entries()) {
      const startedAt = performance.now();
      print(`\n${index + 1}/${steps.length}  ${name}`);
      const facts = await run();
      for (const fact of facts) print(`      ${fact}`);
      print(`      ok, ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
    print(
      `\nAll ${steps.length} steps passed. On AWS, the following remains to be confirmed (docs/aws-verification.md):\n`,
    );
    print(await readLimits());
  } finally {
    await emulator.stop();
  }
  await rm(folder, { recursive: true });
});

/** Returns the list of limitations of the emulator. */
async function readLimits(): Promise<string> {
  const page = await readFile(join(root, 'docs', 'aws-verification.md'), 'utf8');
  const section = page.split('\n## ').find((text) => text.startsWith('The first hour'));
  const list = section?.split('\n').filter((line) => line.startsWith('- ') || line.startsWith('  '));
  if (!list?.length) throw new Error('docs/aws-verification.md does not list what the emulator cannot show.');
  return list.join('\n');
}
