import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CommandError, runMain } from './stack';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

interface CommandLine<T extends Options> {
  /** The text that `--help` prints. */
  usage: string;
  options: T;
  /** The allowed positional arguments. Default: none. */
  positionals?: readonly string[];
}

/** An invalid command line. The message is printed together with the usage. */
export class UsageError extends CommandError {}

/** A command that parses its arguments. */
export type Command = (args: readonly string[]) => Promise<void>;

/** Runs `work` with the arguments of the process. */
export function runCommand<T extends Options>(
  commandLine: CommandLine<T>,
  work: (values: Values<T>, positionals: string[]) => Promise<void>,
): void {
  const command = createCommand(commandLine, work);
  runMain(() => command(process.argv.slice(2)));
}

/**
 * Creates a command. `--help` prints the usage. If `work` throws a `UsageError`, the command prints the error and the usage.
 */
export function createCommand<T extends Options>(
  commandLine: CommandLine<T>,
  work: (values: Values<T>, positionals: string[]) => Promise<void>,
): Command {
  const usage = commandLine.usage.trim();
  return async (args) => {
    try {
      const { help, values, positionals } = parseCommandLine(commandLine, args);
      if (help) process.stdout.write(`${usage}\n`);
      else await work(values, positionals);
    } catch (error) {
      throw error instanceof UsageError ? new CommandError(`${error.message}\n\n${usage}`) : error;
    }
  };
}

function parseCommandLine<T extends Options>(
  { options, positionals: allowed = [] }: CommandLine<T>,
  args: readonly string[],
) {
  const parsed = parseArguments(options, args);
  const unknown = parsed.positionals.find((argument) => !allowed.includes(argument));
  if (unknown === undefined) return parsed;
  const hint = allowed.length > 0 ? ` Use one of: ${allowed.join(', ')}.` : '';
  throw new UsageError(`Unknown argument ${JSON.stringify(unknown)}.${hint}`);
}

function parseArguments<T extends Options>(options: T, args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    return { help: 'help' in values, values: values as Values<T>, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Parses an integer from 1 to 999,999. @throws UsageError if `text` is not such an integer */
export function parsePositiveInteger(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--${option} ${JSON.stringify(text)} is not a valid number. Use 1 to 999999.`);
}
