import { execFile } from 'node:child_process';
import { smokeSteps } from '../../scripts/smoke/steps';
import { output, type StackPlace } from '../../scripts/stack';
import { checks } from '../../scripts/verify/checks';
import { tries } from '../../scripts/verify/tries';
import type { TestResult } from './verdict';

// What an operator types, and what it says, as results beside those of the tests.

/** What `npm run` ended with. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** `npm run NAME -- --stack STACK`, as the documents have it, but for npm's own lines. */
export function npmRun(name: string, ...args: string[]): Promise<Ended> {
  return ended('npm', ['run', '--silent', name, '--', ...args]);
}

function ended(command: string, args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(command, args, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** What `npm run verify:aws` looks at and tries, by the names that it says. */
export const VERIFIED = [...checks, ...tries].map(({ name }) => name);

/** The steps of `npm run smoke`. */
export const STEPS = smokeSteps({ wsUrl: '', httpUrl: '' }).steps.map(({ name }) => name);

/**
 * What a command said of each of `names`: a line begins with its verdict, then comes the name, then perhaps a colon and
 * the reason, or the time in brackets. What it says nothing of has failed. One more result is that it exits with 1 if
 * anything failed, and with 0 otherwise.
 */
export function resultsOf(command: string, names: readonly string[], { code, stdout }: Ended): TestResult[] {
  const lines = stdout.split('\n').map((line) => line.trim());
  const verdictOn = (name: string) =>
    lines
      .map((line) => /^(ok|failed|not here) +(.*)$/i.exec(line))
      .find(
        (said) =>
          said?.[2] === name || said?.[2]?.startsWith(`${name}: `) || said?.[2]?.startsWith(`${name} (`),
      )?.[1]
      ?.toLowerCase();
  const statuses: Record<string, string> = { ok: 'passed', failed: 'failed', 'not here': 'pending' };
  const results = names.map((name) => ({
    fullName: `${command} ${name}`,
    status: statuses[verdictOn(name) ?? ''] ?? 'failed',
  }));
  const expected = results.some(({ status }) => status === 'failed') ? 1 : 0;
  return [
    ...results,
    { fullName: `${command} exits with what it found`, status: code === expected ? 'passed' : 'failed' },
  ];
}

/** The tests have connected, so there are sessions. */
export async function sessions(stack: string): Promise<TestResult> {
  const { code, stdout } = await npmRun('sessions', '--stack', stack, '--json', '--limit', '3');
  return is('sessions lists who was here', code === 0 && JSON.parse(stdout).length === 3);
}

/** The output that is a line to paste, with what it needs of the AWS CLI. */
export async function broadcast(place: StackPlace): Promise<TestResult> {
  const { code, stdout } = await ended('bash', ['-c', output(place, 'BroadcastCommand')]);
  return is('the output BroadcastCommand broadcasts', code === 0 && /"messageId":/.test(stdout));
}

/** A stack that is broken in each way that is looked for: each has to be found. */
export async function onBrokenStack(stack: string): Promise<TestResult[]> {
  const verified = resultsOf('verify:aws', VERIFIED, await npmRun('verify:aws', '--stack', stack));
  const smoked = await npmRun('smoke', '--stack', stack);
  return [
    ...verified
      .filter(({ fullName }) => !fullName.endsWith('exits with what it found'))
      .map(({ fullName, status }) => is(`on a broken stack ${fullName} is found`, status === 'failed')),
    is(
      'on a broken stack smoke names what fails',
      smoked.code === 1 && /^ {2}failed {2}/m.test(smoked.stderr),
    ),
  ];
}

export function is(fullName: string, holds: boolean): TestResult {
  return { fullName, status: holds ? 'passed' : 'failed' };
}
