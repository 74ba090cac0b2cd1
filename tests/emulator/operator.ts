import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { StackPlace } from '../../scripts/stack';
import { checks } from '../../scripts/verify/checks';
import { deployedFacts, type Facts } from '../../scripts/verify/facts';
import { tries } from '../../scripts/verify/tries';
import type { TestResult } from './verdict';

// What an operator runs against the deployed stack, as results beside those of the tests.

/** The checks of `npm run verify:aws`, as results. */
export async function verify(place: StackPlace, stack: string): Promise<TestResult[]> {
  const facts = (await deployedFacts(place, stack)) as Required<Facts>;
  return checks.map(({ name, complaint }) => ({
    fullName: `verify:aws ${name}`,
    status: complaint(facts) === undefined ? 'passed' : 'failed',
  }));
}

/** The tests have connected, so there are sessions. */
export async function listSessions(stack: string): Promise<TestResult> {
  const command = ['tsx', 'scripts/sessions.ts', '--stack', stack, '--json', '--limit', '3'];
  const { stdout } = await promisify(execFile)('npx', command);
  const isListed = JSON.parse(stdout).length === 3;
  return {
    fullName: 'npm run sessions -- --stack lists who was here',
    status: isListed ? 'passed' : 'failed',
  };
}

/** What `npm run verify:aws` tries out, as results. The emulator serves no page. */
export async function tryOut(
  { outputs, client }: StackPlace,
  addressOf: (url: string) => string,
): Promise<TestResult[]> {
  const here = Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, addressOf(value)]));
  const results: TestResult[] = [];
  for (const attempt of tries.filter(({ onlyOnAws }) => onlyOnAws === undefined)) {
    const status = await attempt.run({ outputs: here, client }).then(
      () => 'passed' as const,
      () => 'failed' as const,
    );
    results.push({ fullName: `verify:aws ${attempt.name}`, status });
  }
  return results;
}

/** Of a stack that is broken everywhere, each check has to complain. A workflow's type cannot be changed by an update. */
export async function verifyBroken(place: StackPlace, stack: string): Promise<TestResult[]> {
  const facts = (await deployedFacts(place, stack)) as Required<Facts>;
  facts.machine.type = 'STANDARD';
  return checks.map(({ name, complaint }) => ({
    fullName: `verify:aws on a broken stack does not find that ${name}`,
    status: complaint(facts) === undefined ? 'failed' : 'passed',
  }));
}
