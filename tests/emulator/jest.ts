import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { listUnexpectedFailures, type TestResult } from './verdict';

// Runs Jest where some tests are expected to fail.

/** A file in Jest's JSON report. `message` is the error if the file could not run. */
export interface TestFile {
  name: string;
  message: string;
  assertionResults: TestResult[];
}

/** If more files fail, the machine was not just busy, and repeating them is useless. */
const MAX_REPEATED_FILES = 3;

/** @param folder for reports and logs */
export interface JestOptions {
  folder: string;
  environment?: NodeJS.ProcessEnv;
  /** Tests that are expected to fail. */
  deviations: Readonly<Record<string, unknown>>;
}

/**
 * Runs tests and returns their results. Repeats the files with unexpected failures once, as `.ci/run` does: on a busy machine a
 * wait can time out. Adds a line to the summary for each file that passed only when repeated.
 *
 * @throws Error if Jest wrote no report
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

/** Prints a line, and adds it to the file `SUMMARY_FILE`, which `.ci/run` prints at the end. */
export async function summarize(line: string): Promise<void> {
  process.stdout.write(`${line}\n`);
  if (process.env.SUMMARY_FILE) await appendFile(process.env.SUMMARY_FILE, `${line}\n`);
}

/** Returns the files with a failed test that is not a deviation, and the files that could not run. */
export function listUnexpected(
  files: readonly TestFile[],
  deviations: Readonly<Record<string, unknown>>,
): string[] {
  return files
    .filter((file) => listUnexpectedFailures(listResults([file]), deviations).length > 0)
    .map(({ name }) => name);
}

/** Returns the results of all tests. A file that could not run is a failed test with its message. */
export function listResults(files: readonly TestFile[]): TestResult[] {
  return files.flatMap(({ name, message, assertionResults }) =>
    assertionResults.length > 0 ? assertionResults : [{ fullName: `${name}: ${message}`, status: 'failed' }],
  );
}

function replaceFiles(files: readonly TestFile[], repeated: readonly TestFile[]): TestFile[] {
  const byName = new Map(repeated.map((file) => [file.name, file]));
  return files.map((file) => byName.get(file.name) ?? file);
}

/** Prints the paths of the test files as they end. Jest's own output goes to a log, because it shows deviations as failures. */
async function run(
  args: readonly string[],
  name: string,
  { folder, environment = {} }: JestOptions,
): Promise<TestFile[]> {
  const report = join(folder, `${name}.json`);
  const log = createWriteStream(join(folder, `${name}.log`));
  const child = spawn('npx', ['jest', ...args, '--json', `--outputFile=${report}`], {
    stdio: ['ignore', 'ignore', 'pipe'], // Jest also writes the report to stdout
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
