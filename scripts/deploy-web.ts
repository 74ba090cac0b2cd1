// npm run deploy:web: builds the web page and uploads it to a deployed stack.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCommand, UsageError } from './command-line';
import { CommandError } from './stack';

const usage = `
Builds the web page and uploads it to a deployed stack. Needs the AWS CLI.

  npm run deploy:web -- --stack NAME [--empty]

  --stack NAME  the deployed stack
  --empty       delete the page from its bucket instead; run this before sam delete
  --help        show this text
`;

const options = { stack: { type: 'string' }, empty: { type: 'boolean', default: false } } as const;

runCommand({ usage, options }, async ({ stack, empty }) => {
  if (!stack) throw new UsageError('No stack selected. Use --stack NAME.');
  if (!empty) {
    const build = ['run', 'build', '--workspace', '@roomcast/web'];
    await run('The build failed. Nothing was uploaded.', 'npm', build);
  }
  const upload = [join(__dirname, 'deploy-web', 'upload.sh'), stack, ...(empty ? ['--empty'] : [])];
  await run(`The page was not ${empty ? 'deleted' : 'uploaded'}.`, 'bash', upload);
});

async function run(problem: string, command: string, args: readonly string[]): Promise<void> {
  const [code] = await once(spawn(command, args, { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new CommandError(problem);
}
