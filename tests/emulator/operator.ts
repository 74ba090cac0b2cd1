import { execFile } from 'node:child_process';
import { smokeSteps } from '../../scripts/smoke/steps';
import { output, type StackPlace } from '../../scripts/stack';
import { checks } from '../../scripts/verify-aws/checks';
import { tries } from '../../scripts/verify-aws/tries';
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

/** What a command may say of something: a line begins with it. */
type Verdict = 'ok' | 'failed' | 'not here';
const STATUS: Record<Verdict, string> = { ok: 'passed', failed: 'failed', 'not here': 'pending' };

/** What was said of `name`: after the verdict comes the name, then perhaps a colon and the reason, or the time in brackets. */
function verdictOn(name: string, { stdout }: Ended): Verdict | undefined {
  for (const line of stdout.split('\n')) {
    const [, verdict, of = ''] = /^ +(ok|failed|not here) +(.*)$/i.exec(line) ?? [];
    if (of === name || of.startsWith(`${name}: `) || of.startsWith(`${name} (`)) {
      return verdict?.toLowerCase() as Verdict;
    }
  }
  return undefined;
}

/**
 * What a command said of each of `names`, as results; what it says nothing of has failed. One more is that it exits with 1
 * if anything failed, and with 0 otherwise.
 */
export function resultsOf(command: string, names: readonly string[], said: Ended): TestResult[] {
  const results = names.map((name) => {
    const verdict = verdictOn(name, said);
    return { fullName: `${command} ${name}`, status: verdict === undefined ? 'failed' : STATUS[verdict] };
  });
  const expected = results.some(({ status }) => status === 'failed') ? 1 : 0;
  return [...results, is(`${command} exits with what it found`, said.code === expected)];
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

/** Of a stack that is broken in each way that is looked for, each has to be named. */
export async function onBrokenStack(stack: string): Promise<TestResult[]> {
  const verified = await npmRun('verify:aws', '--stack', stack);
  const smoked = await npmRun('smoke', '--stack', stack);
  return [
    ...VERIFIED.map((name) =>
      is(`verify:aws on a broken stack finds it otherwise: ${name}`, verdictOn(name, verified) === 'failed'),
    ),
    is('verify:aws on a broken stack exits with 1', verified.code === 1),
    is(
      'smoke on a broken stack names what fails',
      smoked.code === 1 && /^ {2}failed {2}/m.test(smoked.stderr),
    ),
  ];
}

export function is(fullName: string, holds: boolean): TestResult {
  return { fullName, status: holds ? 'passed' : 'failed' };
}
