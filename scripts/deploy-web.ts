// Builds the page and uploads it to a deployed stack, or takes it away again: `npm run deploy:web`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runCommand, UsageError } from './command-line';
import { deployWeb, emptyWeb } from './deploy-web/deploy';
import { CommandError } from './stack';

const usage = `
Builds the page and uploads it to a deployed stack.

  npm run deploy:web -- --stack NAME [--empty]

  --stack NAME  the stack
  --empty       delete the page instead: sam delete deletes no bucket that holds something
  --help        show this text
`;

const options = { stack: { type: 'string' }, empty: { type: 'boolean', default: false } } as const;

runCommand({ usage, options }, async ({ stack, empty }) => {
  if (!stack) throw new UsageError('Which stack?');
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  if (empty) await emptyWeb({ stack, tell });
  else await deployWeb({ stack, template: 'template.yaml', build, tell });
});

async function build(): Promise<void> {
  const child = spawn('npm', ['run', 'build', '--workspace', '@roomcast/web'], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new CommandError('The page could not be built: nothing was uploaded.');
}
