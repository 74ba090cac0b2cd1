// npm run admin -- preflight: checks whether the account can run the application, before a deployment.
import { createCommand } from '../command-line';
import { CommandError } from '../stack';
import { readAccount } from './preflight/account';
import { type Finding, judge } from './preflight/findings';

const usage = `
Checks before "sam deploy" whether the account can run the application, and prints what to change. Reads only.

  npm run admin -- preflight [options]

  --stack NAME  the name of the stack (default roomcast)
  --help        show this text
`;

const options = { stack: { type: 'string', default: 'roomcast' } } as const;

export const run = createCommand({ usage, options }, async ({ stack }) => {
  const findings = judge(await readAccount(stack), stack);
  for (const { result, text } of findings) process.stdout.write(`${result.padEnd(7)}  ${text}\n`);
  const has = (result: Finding['result']) => findings.some((finding) => finding.result === result);
  if (has('failed')) throw new CommandError('The deployment would fail.');
  process.stdout.write(has('warning') ? 'Ready to deploy. Read the warnings first.\n' : 'Ready to deploy.\n');
});
