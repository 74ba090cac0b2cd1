// Builds the page and uploads it to a deployed stack: npm run deploy:web -- --stack NAME
// With --empty it deletes the page instead, which `sam delete` needs: it deletes no bucket that holds something.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CommandError, run } from './stack';
import { deployWeb, emptyWeb } from './web/deploy';

run(async () => {
  const { stack, empty } = readArguments();
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  if (empty) return emptyWeb({ stack, tell });
  return deployWeb({ stack, template: 'template.yaml', build, tell });
});

function readArguments() {
  try {
    const { values } = parseArgs({
      options: { stack: { type: 'string' }, empty: { type: 'boolean', default: false } },
    });
    if (values.stack) return { stack: values.stack, empty: values.empty };
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  throw new CommandError('Which stack? npm run deploy:web -- --stack NAME');
}

async function build(): Promise<void> {
  const child = spawn('npm', ['run', 'build', '--workspace', 'web'], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new CommandError('The page could not be built: nothing was uploaded.');
}
