// Deploys what `sam build` has built to the emulator, holds the end-to-end tests with it, types what an operator types, and
// deletes it again. Fails if other tests fail than deviations.json lists, or others are skipped than skipped.json lists. Started by
// scripts/test-emulator.sh; arguments, if any, say which tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { deployedStack, output, run, type StackPlace } from '../../scripts/stack';
import { resourcesOf } from '../../scripts/verify-aws/facts';
import { breakStack } from './broken';
import { startEmulator } from './emulator';
import { deployGuided } from './guided';
import { leftovers, unwatched } from './leftovers';
import { broadcast, npmRun, onBrokenStack, resultsOf, STEPS, sessions, VERIFIED } from './operator';
import { deployPage, emptyPage } from './page';
import { complaints, type Expected, type Explained, expectedBy, nameOf, type TestResult } from './verdict';

const STACK = 'roomcast-emulated';
// As the tests start a runtime of their own where they need other values than the defaults.
const PARAMETERS = {
  BroadcastRate: '5',
  MessageRate: '2',
  AllowedOrigins: 'https://chat.example.com',
  PageLimit: '40',
  BatchSize: '20',
};

const asked = process.argv.slice(2);
const tell = (line: string) => process.stdout.write(`${line}\n`);

run(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomcast-emulated-'));
  tell(`Starting the emulator; its log is ${folder}/emulator.log`);
  const emulator = await startEmulator(join(folder, 'emulator.log'));
  Object.assign(process.env, emulator.environment);
  try {
    tell('sam deploy --guided');
    await deployGuided(STACK, PARAMETERS, join(folder, 'deploy.log'));

    tell('npm run test:e2e');
    const stack = await deployedStack(STACK);
    const report = join(folder, 'jest.json');
    const child = spawn(
      'npx',
      ['jest', ...(asked.length > 0 ? asked : ['tests/e2e']), '--json', `--outputFile=${report}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'], // the report goes to stdout as well
        env: {
          ...process.env,
          STACK_NAME: STACK,
          WS_URL: output(stack, 'WebSocketUrl'),
          HTTP_URL: output(stack, 'BroadcastUrl').replace(/\/broadcastmessage$/, ''),
          BROADCAST_KEY: await broadcastKey(stack),
        },
      },
    );
    await once(child, 'exit');

    tell('npm run smoke, deploy:web, verify:aws, sessions; the curl line of a broadcast');
    const operated = [
      ...resultsOf('smoke', STEPS, await npmRun('smoke', '--stack', STACK)),
      ...(await deployPage(stack, STACK)),
      ...resultsOf('verify:aws', VERIFIED, await npmRun('verify:aws', '--stack', STACK)),
      await sessions(STACK),
      await broadcast(stack),
    ];
    tell('npm run verify:aws, smoke, the stack being broken');
    await breakStack(stack, STACK);
    operated.push(...(await onBrokenStack(STACK)), await emptyPage(STACK));

    tell('sam delete');
    const types = [...(await resourcesOf(STACK)).values()].map(({ type }) => type);
    await samDelete(join(folder, 'delete.log'));

    const results = [...(await testResults(report)), ...operated];
    const unseen = unwatched(types).map((type) => `Nobody looks for what sam delete leaves behind: ${type}`);
    const wrong = [...complaints(results, await listedFor(results)), ...unseen, ...(await leftovers())];
    tell(summary(results));
    for (const line of wrong) tell(line);
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    await emulator.stop();
  }
});

async function samDelete(log: string): Promise<void> {
  const file = createWriteStream(log);
  await once(file, 'open');
  const child = spawn('sam', ['delete', '--stack-name', STACK, '--no-prompts'], {
    stdio: ['ignore', file, file],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`sam delete ended with ${code}:\n${await readFile(log, 'utf8')}`);
}

/** Of the stack: its name is in the command that fetches it. */
async function broadcastKey(stack: StackPlace): Promise<string> {
  const SecretId = /--secret-id (\S+)/.exec(output(stack, 'BroadcastCommand'))?.[1];
  const client = new SecretsManagerClient(stack.client);
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString;
}

async function testResults(report: string): Promise<TestResult[]> {
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

/** What is listed; in a run of some tests, what is about them. */
async function listedFor(results: TestResult[]): Promise<Expected> {
  const read = async (name: string) => JSON.parse(await readFile(join(__dirname, name), 'utf8'));
  const { deviations, skipped } = expectedBy(await read('deviations.json'), await read('skipped.json'));
  if (asked.length === 0) return { deviations, skipped };
  const seen = new Set(results.map(({ fullName }) => nameOf(fullName)));
  const thatRan = (listed: Record<string, Explained>) =>
    Object.fromEntries(Object.entries(listed).filter(([name]) => seen.has(name)));
  return { deviations: thatRan(deviations), skipped: thatRan(skipped) };
}

function summary(results: TestResult[]): string {
  const count = (status: string) => results.filter((result) => result.status === status).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('pending')} skipped on the emulator`;
}
