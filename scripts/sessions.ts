// Lists who was connected, the newest first: `npm run sessions`.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { runCommand, wholeNumber } from './command-line';
import { listSessions } from './sessions/list';
import { table } from './sessions/table';
import { deployedStack, localStack, output } from './stack';

const usage = `
Lists who was connected, the newest first: when they came and went, and what they said and heard last.

  npm run sessions -- [options]

  --port PORT   the runtime that npm start runs on this port (default 3000)
  --stack NAME  a deployed stack instead
  --limit N     at most so many sessions (default 50)
  --days N      those of so many days (default 30)
  --json        as JSON, for programs: npm run --silent sessions -- --json
  --help        show this text
`;

const options = {
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
  limit: { type: 'string', default: '50' },
  days: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
} as const;

runCommand({ usage, options }, async ({ stack, json, ...texts }) => {
  const port = wholeNumber('port', texts.port);
  const range = {
    limit: wholeNumber('limit', texts.limit),
    days: wholeNumber('days', texts.days),
    now: Date.now(),
  };
  const place = stack === undefined ? await localStack(port) : await deployedStack(stack);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(place.client));
  try {
    const sessions = await listSessions(client, output(place, 'ChatTableName'), range);
    process.stdout.write(json ? `${JSON.stringify(sessions, null, 2)}\n` : table(sessions));
  } finally {
    client.destroy();
  }
});
