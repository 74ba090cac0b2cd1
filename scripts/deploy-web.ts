// npm run deploy:web: builds the web page and uploads it to a deployed stack.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runCommand, UsageError } from './command-line';
import { deployWeb, emptyWebBucket } from './deploy-web/deploy';
import { CommandError } from './stack';

const usage = `
Builds the web page and uploads it to a deployed stack.

  npm run deploy:web -- --stack NAME [--empty]

  --stack NAME  the deployed stack
  --empty       delete the page from its bucket instead; run this before sam delete
  --help        show this text
`;

const options = { stack: { type: 'string' }, empty: { type: 'boolean', default: false } } as const;

runCommand({ usage, options }, async ({ stack, empty }) => {
  if (!stack) throw new UsageError('No stack selected. Use --stack NAME.');
  const print = (line: string) => process.stdout.write(`${line}\n`);
  if (empty) await emptyWebBucket({ stackName: stack, print });
  else await deployWeb({ stackName: stack, template: 'template.yaml', build: buildPage, print });
});

async function buildPage(): Promise<void> {
  const child = spawn('npm', ['run', 'build', '--workspace', '@roomcast/web'], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new CommandError('The build failed. Nothing was uploaded.');
}
