// npm run admin -- export-user: prints the stored data of a user as JSON.
import { createCommand } from '../command-line';
import { options, requestPages } from './user-data/request-pages';

const usage = `
Prints the stored data of a user as JSON. Scans all data of the chat.

  npm run --silent admin -- export-user --user ID [options] > user.json

  --user ID     userId of the user, such as g-3xQ0yJ6m1VtWcKfE8sPzLA
  --port PORT   port of the local runtime (default 3000)
  --stack NAME  export the user from a deployed stack instead
  --help        show this text
`;

export const run = createCommand({ usage, options }, async (values) => {
  const records: unknown[] = [];
  for await (const page of requestPages('GET', values)) records.push(...(page.records as unknown[]));
  process.stdout.write(`${JSON.stringify({ userId: values.user, records }, null, 2)}\n`);
});
