// npm run deploy:web: creates or updates the stack of the web page, and uploads the page.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCommand, UsageError } from './command-line';
import { CommandError } from './stack';

const usage = `
Hosts the web page of a deployed stack on Amazon CloudFront, in a separate stack, NAME-web. Run it again to update the page.
Needs the AWS CLI.

  npm run deploy:web -- --stack NAME [--domain DOMAIN --certificate ARN] [--delete]

  --stack NAME       the deployed stack
  --domain DOMAIN    a custom domain for the page; the stack keeps it until you give another one
  --certificate ARN  the ACM certificate for the domain, in us-east-1
  --delete           delete the page and its stack instead
  --help             show this text
`;

const options = {
  stack: { type: 'string' },
  domain: { type: 'string' },
  certificate: { type: 'string' },
  delete: { type: 'boolean', default: false },
} as const;

const page = join('packages', 'web', 'dist');

runCommand({ usage, options }, async ({ stack, domain, certificate, delete: isDeletion }) => {
  if (!stack) throw new UsageError('No stack selected. Use --stack NAME.');
  if ((domain === undefined) !== (certificate === undefined))
    throw new UsageError('A custom domain needs a certificate. Use --domain and --certificate together.');
  const script = join(__dirname, 'deploy-web', 'upload.sh');
  if (isDeletion) return run('The page was not deleted.', 'bash', [script, stack, '--delete']);
  await run('The build failed. Nothing was uploaded.', 'npm', [
    'run',
    'build',
    '--workspace',
    '@roomcast/web',
  ]);
  const parameters = domain === undefined ? [] : [`Domain=${domain}`, `CertificateArn=${certificate}`];
  await run('The page was not uploaded.', 'bash', [script, stack, page, ...parameters]);
});

async function run(problem: string, command: string, args: readonly string[]): Promise<void> {
  const [code] = await once(spawn(command, args, { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new CommandError(problem);
}
