import { type Arguments, parseCommandLine } from './command-line';
import { formatFailure } from './format-failure';
import { HELP } from './help';

/** Runs the command. Loads only the modules of the selected command, to reduce the startup time. */
async function main(): Promise<void> {
  process.env.TZ = 'UTC'; // As in Lambda. Set here, because worker threads cannot set a time zone.
  const options = parseCommandLine(process.argv.slice(2));
  if (options) await run(options);
  else process.stdout.write(HELP);
}

async function run(options: Arguments): Promise<void> {
  if (options.command === 'start') {
    const { start } = await import('./start');
    return start(options);
  }
  if (options.command === 'init') {
    const { init } = await import('./init');
    process.stdout.write(`${init(options.folder)}\n`);
    return;
  }
  if (options.command === 'check') {
    const { check } = await import('./check');
    process.exitCode = check(options) ? 0 : 1;
    return;
  }
  if (options.command === 'recover') {
    const { recover } = await import('./recover');
    process.stdout.write(`${await recover(options)}\n`);
    return;
  }
  const { runRemote } = await import('./remote');
  const { output, succeeded } = await runRemote(options);
  process.stdout.write(`${output}\n`);
  process.exitCode = succeeded ? 0 : 1;
}

function fail(error: Error): never {
  process.stderr.write(`${formatFailure(error)}\n`);
  process.exit(1);
}

main().catch(fail);
