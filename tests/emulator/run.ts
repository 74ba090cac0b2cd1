// tests/emulator/run.sh runs this file after `sam build`. It deploys the app to the emulator and runs the end-to-end tests and
// the deployment checks. It succeeds only if exactly the tests in deviations.json fail and exactly the tests in skipped.json
// are skipped. Arguments select end-to-end tests.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { changeSettings } from '../../scripts/settings';
import {
  addPageOutputs,
  describeDeployedStack,
  requireOutput,
  runMain,
  type StackInfo,
} from '../../scripts/stack';
import { AUDIENCE } from '../../testbed/issuer';
import { root } from '../../testbed/template';
import { breakStack } from './broken';
import { findFreePort, startEmulator } from './emulator';
import { runJest, summarize } from './jest';
import {
  CHECKS,
  checkBroadcastCommand,
  checkBrokenStack,
  checkSessions,
  expectSuccess,
  npmRun,
  parseResults,
  runProcess,
  SMOKE_STEPS,
} from './operator';
import { writeRelease } from './releases';
import {
  type Exception,
  type Expectations,
  findViolations,
  formatMessages,
  listUnexpectedFailures,
  stripSkipReason,
  type TestResult,
  toExpectations,
} from './verdict';

const STACK = 'roomcast-emulated';
// The parameter values that differ from the defaults. The tests pass the same values to their own runtime.
const PARAMETERS = { AllowedOrigins: 'https://chat.example.com' };
const SETTINGS = { BroadcastRate: 5, MessageRate: 2, PageLimit: 40, BatchSize: 20 };

const selectedTests = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);

runMain(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomcast-emulated-'));
  print(`Starting the emulator (log: ${folder}/emulator.log)`);
  const emulator = await startEmulator(join(folder, 'emulator.log'));
  Object.assign(process.env, emulator.environment);
  try {
    print('sam deploy');
    const issuerPort = String(await findFreePort());
    process.env.ISSUER_PORT = issuerPort; // the token tests publish the keys of their issuer on this port
    const identity = { JwtIssuer: `http://127.0.0.1:${issuerPort}`, JwtAudience: AUDIENCE };
    await deploy({ ...PARAMETERS, ...identity });

    print('npm run test:e2e');
    const stack = await describeDeployedStack(STACK);
    const expectations = await readExpectations();
    const testResults = await runJest(selectedTests.length > 0 ? selectedTests : ['tests/e2e'], {
      folder,
      environment: await describeStack(stack),
      deviations: expectations.deviations,
    });

    print('npm run deploy:web, smoke, verify:aws and sessions; BroadcastCommand');
    expectSuccess(await npmRun('deploy:web', '--stack', STACK));
    const operatorResults = await repeatOnce('the operator commands', expectations, async () => [
      ...parseResults('smoke', SMOKE_STEPS, await npmRun('smoke', '--stack', STACK)),
      // verify:aws waits 30 seconds for a trace. The emulator does not record traces.
      ...(
        await Promise.all([
          npmRun('verify:aws', '--stack', STACK).then((result) => parseResults('verify:aws', CHECKS, result)),
          checkSessions(STACK),
          checkBroadcastCommand(stack),
        ])
      ).flat(),
    ]);
    print('npm run verify:aws and smoke on a broken stack');
    await breakStack(await addPageOutputs(stack, STACK), STACK);
    const brokenResults = await repeatOnce('the commands on a broken stack', expectations, () =>
      checkBrokenStack(STACK),
    );

    const results = [...testResults, ...operatorResults, ...brokenResults];
    const violations = findViolations(results, selectExpectations(expectations, results));
    print(formatSummary(results));
    for (const line of [
      ...violations,
      ...formatMessages(listUnexpectedFailures(results, expectations.deviations)),
    ]) {
      await summarize(line);
    }
    if (violations.length > 0) process.exitCode = 1;
  } finally {
    await emulator.stop();
  }
});

/** Returns the environment variables that tell the end-to-end tests which stack to use. */
async function describeStack(stack: StackInfo): Promise<NodeJS.ProcessEnv> {
  return {
    STACK_NAME: STACK,
    WS_URL: requireOutput(stack, 'WebSocketUrl'),
    HTTP_URL: requireOutput(stack, 'BroadcastUrl').replace(/\/broadcastmessage$/, ''),
    BROADCAST_KEY: await readBroadcastKey(stack),
  };
}

/** Runs commands and repeats them once if a result is an unexpected failure, like `runJest` for test files. */
async function repeatOnce(
  what: string,
  { deviations }: Expectations,
  runCommands: () => Promise<TestResult[]>,
): Promise<TestResult[]> {
  const first = await runCommands();
  const failed = listUnexpectedFailures(first, deviations);
  if (failed.length === 0) return first;
  print(`Repeating ${what}: ${failed.map(({ fullName }) => fullName).join(', ')}`);
  const second = await runCommands();
  if (listUnexpectedFailures(second, deviations).length === 0)
    await summarize(`Passed only when repeated: ${what} on the emulator`);
  return second;
}

/** Deploys the stack with settings and parameters that differ from the defaults. */
async function deploy(parameters: Record<string, string>): Promise<void> {
  const template = await writeRelease('with-settings', (text) => changeSettings(text, SETTINGS));
  const overrides = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  // Without the option, the SAM CLI looks for the configuration file next to the template.
  const options = [
    '--stack-name',
    STACK,
    '--template-file',
    template,
    '--config-file',
    join(root, 'samconfig.toml'),
  ];
  expectSuccess(await runProcess('sam', ['deploy', ...options, '--parameter-overrides', ...overrides]));
}

/** Reads the broadcast key from the secret in the BroadcastCommand output. */
async function readBroadcastKey(stack: StackInfo): Promise<string> {
  const SecretId = /--secret-id (\S+)/.exec(requireOutput(stack, 'BroadcastCommand'))?.[1];
  const client = new SecretsManagerClient(stack.clientConfig);
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString;
}

async function readExpectations(): Promise<Expectations> {
  const read = async (name: string) => JSON.parse(await readFile(join(__dirname, name), 'utf8'));
  return toExpectations(await read('deviations.json'), await read('skipped.json'));
}

/** Returns only the expectations for tests in `results` if tests were selected. */
function selectExpectations({ deviations, skipped }: Expectations, results: TestResult[]): Expectations {
  if (selectedTests.length === 0) return { deviations, skipped };
  const names = new Set(results.map(({ fullName }) => stripSkipReason(fullName)));
  const select = (listed: Record<string, Exception>) =>
    Object.fromEntries(Object.entries(listed).filter(([name]) => names.has(name)));
  return { deviations: select(deviations), skipped: select(skipped) };
}

function formatSummary(results: TestResult[]): string {
  const count = (status: string) => results.filter((result) => result.status === status).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('pending')} skipped on the emulator`;
}
