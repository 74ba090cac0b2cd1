import { UsageError } from '../core/service';
import { type Arguments, parseCommandLine } from './command-line';
import { HELP } from './help';

/** Runs the command. The modules of each command are loaded only if it runs, because loading takes time. */
async function main(): Promise<void> {
  process.env.TZ = 'UTC'; // as in Lambda; a worker thread cannot set its own time zone
  const options = parseCommandLine(process.argv.slice(2));
  if (options) await run(options);
  else process.stdout.write(HELP);
}

async function run(options: Arguments): Promise<void> {
  if (options.command === 'start') {
    const { start } = await import('./start');
    return start(options);
  }
  if (options.command === 'check') {
    const { check } = await import('./check');
    process.exitCode = check(options) ? 0 : 1;
    return;
  }
  const { runRemote } = await import('./remote');
  const { output, succeeded } = await runRemote(options);
  process.stdout.write(`${output}\n`);
  process.exitCode = succeeded ? 0 : 1;
}

/** Prints only the message of a usage error, and the stack trace of any other. */
function fail(error: unknown): never {
  const { message, stack } = error as Error;
  process.stderr.write(`${error instanceof UsageError ? message : stack}\n`);
  process.exit(1);
}

main().catch(fail);
