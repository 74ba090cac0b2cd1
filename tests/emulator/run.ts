// npm run test:emulator, after `sam build`: deploys the app to the emulator, runs the end-to-end tests and the operator
// commands, and deletes the stack. Fails unless exactly the tests in deviations.json fail and exactly those in skipped.json
// are skipped. Arguments select end-to-end tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describeDeployedStack, requireOutput, runMain, type StackInfo } from '../../scripts/stack';
import { listResources } from '../../scripts/verify-aws/configuration';
import { AUDIENCE } from '../support/issuer';
import { breakStack } from './broken';
import { findFreePort, startEmulator } from './emulator';
import { deployGuided } from './guided';
import { findLeftovers, findUncheckedTypes } from './leftovers';
import {
  CHECKS,
  checkBroadcastCommand,
  checkBrokenStack,
  checkSessions,
  npmRun,
  parseResults,
  SMOKE_STEPS,
} from './operator';
import { checkDeployWeb, checkEmptyWebBucket } from './page';
import {
  type Exception,
  type Expectations,
  findViolations,
  stripSkipReason,
  type TestResult,
  toExpectations,
} from './verdict';

const STACK = 'roomcast-emulated';
// The values that the tests pass to a runtime of their own if they differ from the defaults.
const PARAMETERS = {
  BroadcastRate: '5',
  MessageRate: '2',
  AllowedOrigins: 'https://chat.example.com',
  ProtectData: 'false',
  PageLimit: '40',
  BatchSize: '20',
};

const selectedTests = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);

runMain(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomcast-emulated-'));
  print(`Starting the emulator (log: ${folder}/emulator.log)`);
  const emulator = await startEmulator(join(folder, 'emulator.log'));
  Object.assign(process.env, emulator.environment);
  try {
    print('sam deploy --guided');
    const issuerPort = String(await findFreePort());
    process.env.ISSUER_PORT = issuerPort; // where the tests of tokens publish the keys of their issuer
    const identity = { JwtIssuer: `http://127.0.0.1:${issuerPort}`, JwtAudience: AUDIENCE };
    await deployGuided(STACK, { ...PARAMETERS, ...identity }, join(folder, 'deploy.log'));

    print('npm run test:e2e');
    const stack = await describeDeployedStack(STACK);
    const report = join(folder, 'jest.json');
    await runTests(stack, report);

    print('npm run smoke, deploy:web, verify:aws and sessions; BroadcastCommand');
    const operatorResults = [
      ...parseResults('smoke', SMOKE_STEPS, await npmRun('smoke', '--stack', STACK)),
      ...(await checkDeployWeb(stack, STACK)),
      ...parseResults('verify:aws', CHECKS, await npmRun('verify:aws', '--stack', STACK)),
      await checkSessions(STACK),
      await checkBroadcastCommand(stack),
    ];
    print('npm run verify:aws and smoke on a broken stack');
    await breakStack(stack, STACK);
    operatorResults.push(...(await checkBrokenStack(STACK)), await checkEmptyWebBucket(STACK));

    print('sam delete');
    const types = [...(await listResources(STACK)).values()].map(({ type }) => type);
    await samDelete(join(folder, 'delete.log'));

    const results = [...(await readTestResults(report)), ...operatorResults];
    const violations = [
      ...findViolations(results, await readExpectations(results)),
      ...findUncheckedTypes(types).map(
        (type) => `Not checked after sam delete: ${type}. Add it to leftovers.ts.`,
      ),
      ...(await findLeftovers()),
    ];
    print(formatSummary(results));
    for (const line of violations) print(line);
    if (violations.length > 0) process.exitCode = 1;
  } finally {
    await emulator.stop();
  }
});

async function runTests(stack: StackInfo, report: string): Promise<void> {
  const tests = selectedTests.length > 0 ? selectedTests : ['tests/e2e'];
  const child = spawn('npx', ['jest', ...tests, '--json', `--outputFile=${report}`], {
    stdio: ['ignore', 'ignore', 'inherit'], // Jest also writes the report to stdout
    env: {
      ...process.env,
      STACK_NAME: STACK,
      WS_URL: requireOutput(stack, 'WebSocketUrl'),
      HTTP_URL: requireOutput(stack, 'BroadcastUrl').replace(/\/broadcastmessage$/, ''),
      BROADCAST_KEY: await readBroadcastKey(stack),
    },
  });
  await once(child, 'exit');
}

async function samDelete(log: string): Promise<void> {
  const file = createWriteStream(log);
  await once(file, 'open');
  const child = spawn('sam', ['delete', '--stack-name', STACK, '--no-prompts'], {
    stdio: ['ignore', file, file],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`sam delete exited with ${code}:\n${await readFile(log, 'utf8')}`);
}

/** Reads the broadcast key from the secret that BroadcastCommand names. */
async function readBroadcastKey(stack: StackInfo): Promise<string> {
  const SecretId = /--secret-id (\S+)/.exec(requireOutput(stack, 'BroadcastCommand'))?.[1];
  const client = new SecretsManagerClient(stack.clientConfig);
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString;
}

async function readTestResults(report: string): Promise<TestResult[]> {
  const { testResults } = JSON.parse(await readFile(report, 'utf8'));
  return testResults.flatMap(({ name, assertionResults, message }: JestFile) =>
    assertionResults.length > 0 ? assertionResults : [{ fullName: `${name}: ${message}`, status: 'failed' }],
  );
}

interface JestFile {
  name: string;
  message: string;
  assertionResults: TestResult[];
}

/** Reads the expectations. If tests were selected, returns only the expectations about tests in `results`. */
async function readExpectations(results: TestResult[]): Promise<Expectations> {
  const read = async (name: string) => JSON.parse(await readFile(join(__dirname, name), 'utf8'));
  const { deviations, skipped } = toExpectations(await read('deviations.json'), await read('skipped.json'));
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
