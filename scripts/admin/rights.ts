// npm run admin -- rights: compares the permissions that the functions and the workflow use with the permissions that the
// template grants them.
import { createCommand } from '../command-line';
import { CommandError } from '../stack';
import { collectPermissionUsage, type PermissionUsage } from './rights/exercise';

const usage = `
Runs the application locally, exercises every operation of the functions and the workflow, and prints the permissions
that are used, missing or unused. Exits with 1 if any permission is missing or unused.

  npm run admin -- rights [options]

  --json   print the result as JSON
  --help   show this text
`;

export const run = createCommand({ usage, options: { json: { type: 'boolean' } } }, async ({ json }) => {
  const permissions = await collectPermissionUsage();
  process.stdout.write(
    json ? `${JSON.stringify(permissions, null, 2)}\n` : permissions.map(format).join('\n'),
  );
  const differ = permissions.filter(
    ({ used, unused }) => unused.length > 0 || used.some(({ denied }) => denied),
  );
  if (differ.length > 0) {
    throw new CommandError(`Permissions differ for ${differ.map(({ logicalId }) => logicalId).join(', ')}.`);
  }
});

function format({ logicalId, used, unused, enforced }: PermissionUsage): string {
  const needed = [
    ...new Set(
      used.map(({ action, resource, denied }) => line(denied ? 'lacks' : 'needs', action, resource)),
    ),
  ];
  const surplus = unused.map(({ action, resource }) => line('surplus', action, resource));
  return `${[enforced ? logicalId : `${logicalId} (role not known, not enforced)`, ...needed.sort(), ...surplus].join('\n')}\n`;
}

function line(kind: string, action: string, resource: string): string {
  const name = resource
    .split(':')
    .slice(5)
    .join(':')
    .replace(/@connections\/.*$/, '@connections/*');
  return `  ${kind.padEnd(8)} ${action.padEnd(32)} ${name}`;
}
