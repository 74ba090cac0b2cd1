import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The result of one test run. */
export interface TestRun {
  /** Whether all tests passed, and every nondeterministic event occurred if all tests ran. */
  readonly success: boolean;
  readonly passed: number;
  readonly skipped: number;
  /** The full names of the failed tests, and the paths of the files that did not run. */
  readonly failed: readonly string[];
  readonly seconds: number;
  /** The line of the test run that counts nondeterministic events, or an empty text. */
  readonly occurrences: string;
}

/** The part of jest's JSON report that this command reads. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs the test files whose paths contain one of `paths`, or all. Prints jest's progress on stderr. */
export async function runTests(seed: number, paths: readonly string[]): Promise<TestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'roomcast-repeat-'));
  const report = join(folder, 'report.json');
  const startedAt = performance.now();
  try {
    const args = [require.resolve('jest/bin/jest'), '--json', `--outputFile=${report}`, ...paths];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, SEED: String(seed) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (data) => {
      output += String(data);
    });
    const [code] = await once(child, 'close');
    return summarize(readFileSync(report, 'utf8'), {
      ...{ code, output, seconds: (performance.now() - startedAt) / 1000 },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Summarizes jest's JSON report and the output of a test run. */
export function summarize(
  report: string,
  { code, output, seconds }: { code: number | null; output: string; seconds: number },
): TestRun {
  const { numPassedTests, numPendingTests, testResults } = JSON.parse(report) as JestReport;
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
    return tests.length === 0 && status === 'failed' ? [name] : tests;
  });
  return {
    success: code === 0,
    passed: numPassedTests,
    skipped: numPendingTests,
    failed,
    seconds,
    occurrences: output.split('\n').find((line) => line.includes('Occurrences:')) ?? '',
  };
}

/** Formats the result of a run for the terminal. */
export function formatRun({ success, passed, failed, skipped, seconds, occurrences }: TestRun): string {
  const counts = `${passed} passed, ${failed.length} failed, ${skipped} skipped in ${Math.round(seconds)} s`;
  const lines = [
    `${success ? 'ok    ' : 'FAILED'}  ${counts}`,
    occurrences,
    ...failed.map((name) => `  ${name}`),
  ];
  return lines.filter((line) => line !== '').join('\n');
}
