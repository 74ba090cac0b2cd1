// npm run admin: commands for operators. Each subcommand is a file in scripts/admin.
import type { Command } from './command-line';
import { CommandError, runMain } from './stack';

interface Subcommand {
  readonly summary: string;
  /** Loads the module when the subcommand runs. Loading the SDK clients of all subcommands would take a second. */
  readonly load: () => Promise<{ run: Command }>;
}

const subcommands: Record<string, Subcommand> = {
  'erase-user': { summary: 'erase the stored data of a user', load: () => import('./admin/erase-user') },
  'export-user': {
    summary: 'print the stored data of a user as JSON',
    load: () => import('./admin/export-user'),
  },
  preflight: {
    summary: 'check before a deployment whether the account can run the application',
    load: () => import('./admin/preflight'),
  },
  redrive: {
    summary: 'show the events that were not delivered, and publish them again',
    load: () => import('./admin/redrive'),
  },
  restore: {
    summary: 'add what the chat table lacks from a copy of an earlier time',
    load: () => import('./admin/restore'),
  },
  rights: {
    summary: 'compare the permissions that the application uses and that the template grants',
    load: () => import('./admin/rights'),
  },
  sessions: { summary: 'list who was connected to a stack', load: () => import('./admin/sessions') },
  token: { summary: 'print a token for the local runtime', load: () => import('./admin/token') },
};

const usage = `Runs a command for operators.

  npm run admin -- COMMAND [options]

${Object.entries(subcommands)
  .map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`)
  .join('\n')}

For the options of a command, run npm run admin -- COMMAND --help.
`;

runMain(async () => {
  const [name = '--help', ...args] = process.argv.slice(2);
  if (name === '--help') {
    process.stdout.write(usage);
    return;
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!subcommand) throw new CommandError(`Unknown command ${JSON.stringify(name)}.\n\n${usage.trimEnd()}`);
  const { run } = await subcommand.load();
  await run(args);
});
