import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CommandError, run } from './stack';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/** How a command is called. */
interface CommandLine<T extends Options> {
  /** What `--help` prints. */
  usage: string;
  options: T;
  /** The words that it takes beside its options; without them it takes none. */
  words?: readonly string[];
}

/** What was typed makes no sense: it is told together with the usage. */
export class UsageError extends CommandError {}

/**
 * Runs a command with the options and words it was given. `--help` prints the usage instead; what is not understood is
 * told with the usage, and the exit code is 1.
 */
export function runCommand<T extends Options>(
  line: CommandLine<T>,
  command: (values: Values<T>, words: string[]) => Promise<void>,
): void {
  const usage = line.usage.trim();
  run(async () => {
    try {
      const { help, values, words } = read(line);
      if (help) process.stdout.write(`${usage}\n`);
      else await command(values, words);
    } catch (error) {
      throw error instanceof UsageError ? new CommandError(`${error.message}\n\n${usage}`) : error;
    }
  });
}

function read<T extends Options>({ options, words = [] }: CommandLine<T>) {
  const { help, values, positionals } = parsed(options);
  const unknown = positionals.find((word) => !words.includes(word));
  if (unknown === undefined) return { help, values, words: positionals };
  const those = words.length > 0 ? `; there are: ${words.join(', ')}` : '';
  throw new UsageError(`${JSON.stringify(unknown)} is not understood${those}.`);
}

function parsed<T extends Options>(options: T) {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    return { help: 'help' in values, values: values as Values<T>, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** @throws UsageError if `text` is no whole number from 1 to 999,999. */
export function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} ${JSON.stringify(text)} is no whole number above 0.`);
}
