import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { listUnexpectedFailures, type TestResult } from './verdict';

// Runs Jest in an environment in which some tests are expected to fail.

/** A test file in Jest's JSON report. `message` contains the error if Jest could not run the file. */
export interface TestFile {
  name: string;
  message: string;
  assertionResults: TestResult[];
}

/** The maximum number of files to repeat. More failures are unlikely to be caused by a busy machine. */
const MAX_REPEATED_FILES = 3;

/** @param folder the folder for reports and logs */
export interface JestOptions {
  folder: string;
  environment?: NodeJS.ProcessEnv;
  /** Tests that are expected to fail. */
  deviations: Readonly<Record<string, unknown>>;
}

/**
 * Runs tests and returns the results. Repeats files with unexpected failures once, like `.ci/run`, because waits can time out
 * on a busy machine. Adds a line to the summary for each file that passes only on the second attempt.
 *
 * @throws Error if Jest does not write a report
 */
export async function runJest(tests: readonly string[], options: JestOptions): Promise<TestResult[]> {
  const files = await run(tests, 'jest', options);
  const failed = listUnexpected(files, options.deviations);
  if (failed.length === 0 || failed.length > MAX_REPEATED_FILES) return listResults(files);
  process.stdout.write(`Repeating ${failed.length} of ${files.length} files\n`);
  const repeated = await run(['--runTestsByPath', ...failed], 'jest-repeated', options);
  const stillFailed = listUnexpected(repeated, options.deviations);
  for (const name of failed) {
    if (!stillFailed.includes(name)) {
      await summarize(`Passed only when repeated: ${relative(process.cwd(), name)}`);
    }
  }
  return listResults(replaceFiles(files, repeated));
}

/** Prints a line and adds it to the file `SUMMARY_FILE`. `.ci/run` prints this file at the end. */
export async function summarize(line: string): Promise<void> {
  process.stdout.write(`${line}\n`);
  if (process.env.SUMMARY_FILE) await appendFile(process.env.SUMMARY_FILE, `${line}\n`);
}

/** Returns the files that have unexpected failures or that Jest could not run. */
export function listUnexpected(
  files: readonly TestFile[],
  deviations: Readonly<Record<string, unknown>>,
): string[] {
  return files
    .filter((file) => listUnexpectedFailures(listResults([file]), deviations).length > 0)
    .map(({ name }) => name);
}

/** Returns the results of all tests. A file that Jest could not run counts as one failed test. */
export function listResults(files: readonly TestFile[]): TestResult[] {
  return files.flatMap(({ name, message, assertionResults }) =>
    assertionResults.length > 0 ? assertionResults : [{ fullName: `${name}: ${message}`, status: 'failed' }],
  );
}

function replaceFiles(files: readonly TestFile[], repeated: readonly TestFile[]): TestFile[] {
  const byName = new Map(repeated.map((file) => [file.name, file]));
  return files.map((file) => byName.get(file.name) ?? file);
}

/**
 * Prints the path of each test file when the file ends. Writes Jest's own output to a log file, because it shows deviations as
 * failures.
 */
async function run(
  args: readonly string[],
  name: string,
  { folder, environment = {} }: JestOptions,
): Promise<TestFile[]> {
  const report = join(folder, `${name}.json`);
  const log = createWriteStream(join(folder, `${name}.log`));
  const child = spawn('npx', ['jest', ...args, '--json', `--outputFile=${report}`], {
    stdio: ['ignore', 'ignore', 'pipe'], // Jest would also write the report to stdout
    env: { ...process.env, ...environment },
  });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stderr })) {
    log.write(`${line}\n`);
    const [, path] = /^(?:PASS|FAIL) (\S+)/.exec(line) ?? [];
    if (path) process.stdout.write(`  ${path}\n`);
  }
  await ended;
  log.end();
  await once(log, 'finish');
  const content = await readFile(report, 'utf8').catch(async (cause) => {
    throw new Error(`Jest wrote no report:\n${await readFile(log.path, 'utf8')}`, { cause });
  });
  return (JSON.parse(content) as { testResults: TestFile[] }).testResults;
}
