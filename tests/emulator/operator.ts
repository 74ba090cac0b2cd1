import { execFile } from 'node:child_process';
import { createSmokeTest } from '../../scripts/smoke/steps';
import { requireOutput, type StackInfo } from '../../scripts/stack';
import { checks } from '../../scripts/verify-aws/checks';
import { probes } from '../../scripts/verify-aws/probes';
import type { TestResult } from './verdict';

// Runs the operator commands and converts their output to test results.

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run NAME` and suppresses npm's own output. */
export function npmRun(name: string, ...args: string[]): Promise<CommandResult> {
  return runProcess('npm', ['run', '--silent', name, '--', ...args]);
}

/** Runs a command and returns the exit code and the output. */
export function runProcess(command: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(command, args, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** @throws Error with the output if the command failed */
export function expectSuccess({ code, stdout, stderr }: CommandResult): void {
  if (code !== 0) throw new Error(`The command exited with ${code}:\n${stdout}${stderr}`);
}

/** The names of the checks of `npm run verify:aws`. */
export const CHECKS = [...checks, ...probes].map(({ name }) => name);

/** The names of the steps of `npm run smoke`. */
export const SMOKE_STEPS = createSmokeTest({ wsUrl: '', httpUrl: '' }).steps.map(({ name }) => name);

/** The word at the start of an output line. */
type Verdict = 'ok' | 'failed' | 'skipped';
const STATUS: Record<Verdict, string> = { ok: 'passed', failed: 'failed', skipped: 'pending' };

/** Finds the line `VERDICT NAME`. The name can be followed by a colon and a reason, or by a duration in parentheses. */
function findVerdict(
  name: string,
  { stdout }: CommandResult,
): { verdict: Verdict; line: string } | undefined {
  for (const line of stdout.split('\n')) {
    const [, verdict = '', rest = ''] = /^ +(ok|failed|skipped) +(.*)$/i.exec(line) ?? [];
    if (rest === name || rest.startsWith(`${name}: `) || rest.startsWith(`${name} (`)) {
      return { verdict: verdict.toLowerCase() as Verdict, line };
    }
  }
  return undefined;
}

/**
 * Converts the output of a command to one result for each of `names`. A name that is missing from the output counts as failed.
 * Adds a result for the exit code, which must be 1 if a name failed and 0 otherwise.
 */
export function parseResults(command: string, names: readonly string[], result: CommandResult): TestResult[] {
  const results = names.map((name) => {
    const { verdict, line } = findVerdict(name, result) ?? {
      verdict: 'failed' as const,
      line: result.stderr,
    };
    const message = verdict === 'failed' && { failureMessages: [line] };
    return { fullName: `${command} ${name}`, status: STATUS[verdict], ...message };
  });
  const expected = results.some(({ status }) => status === 'failed') ? 1 : 0;
  return [...results, toResult(`${command} exits with the expected code`, result.code === expected)];
}

/** Runs `npm run admin -- sessions`. The stack has sessions, because the end-to-end tests have already connected. */
export async function checkSessions(stackName: string): Promise<TestResult> {
  const { code, stdout } = await npmRun('admin', 'sessions', '--stack', stackName, '--json', '--limit', '3');
  return toResult('sessions lists sessions', code === 0 && JSON.parse(stdout).length === 3);
}

/** Runs the command in the BroadcastCommand output. The command fetches the key with the AWS CLI. */
export async function checkBroadcastCommand(stack: StackInfo): Promise<TestResult> {
  const { code, stdout } = await runProcess('bash', ['-c', requireOutput(stack, 'BroadcastCommand')]);
  return toResult('the output BroadcastCommand sends a broadcast', code === 0 && /"messageId":/.test(stdout));
}

/** Runs the checks against a stack that violates every check. Each check must fail. */
export async function checkBrokenStack(stackName: string): Promise<TestResult[]> {
  const [verified, smoke] = await Promise.all([
    npmRun('verify:aws', '--stack', stackName),
    npmRun('smoke', '--stack', stackName),
  ]);
  return [
    ...CHECKS.map((name) =>
      toResult(
        `verify:aws fails on a broken stack: ${name}`,
        findVerdict(name, verified)?.verdict === 'failed',
      ),
    ),
    toResult('verify:aws exits with 1 on a broken stack', verified.code === 1),
    toResult(
      'smoke names the failed step on a broken stack',
      smoke.code === 1 && /^ {2}FAILED {2}/m.test(smoke.stderr),
    ),
  ];
}

export function toResult(fullName: string, passed: boolean): TestResult {
  return { fullName, status: passed ? 'passed' : 'failed' };
}
