// npm run admin -- erase-user: erases the stored data of a user.
import { createCommand } from '../command-line';
import { options, requestPages } from './user-data/request-pages';

const usage = `
Erases the stored data of a user: texts and names of messages, roles and bans, invites, sessions, direct rooms, blocks and
budgets. Logs keep their order, and clients receive the deletions. Scans all data of the chat. If the command is interrupted,
run it again. First keep the user from connecting: see docs/server-api.md.

  npm run admin -- erase-user --user ID [options]

  --user ID     userId of the user, such as g-3xQ0yJ6m1VtWcKfE8sPzLA
  --port PORT   port of the local runtime (default 3000)
  --stack NAME  erase the user from a deployed stack instead
  --help        show this text
`;

export const run = createCommand({ usage, options }, async (values) => {
  let erased = 0;
  for await (const page of requestPages('DELETE', values)) erased += Number(page.erased);
  process.stdout.write(`Erased ${erased} records of ${values.user}.\n`);
});
