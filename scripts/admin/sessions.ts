// npm run admin -- sessions: lists the sessions of a stack, newest first.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createCommand, parsePositiveInteger } from '../command-line';
import { describeDeployedStack, describeLocalStack, requireOutput } from '../stack';
import { formatSessions } from './sessions/format-sessions';
import { listSessions } from './sessions/list-sessions';

const usage = `
Lists sessions, newest first: connection and disconnection times, and the latest message and broadcast of each.

  npm run admin -- sessions [options]

  --port PORT   port of the local runtime (default 3000)
  --stack NAME  list the sessions of a deployed stack instead
  --limit N     maximum number of sessions (default 50)
  --days N      number of days to go back (default 30)
  --json        print JSON: npm run --silent admin -- sessions --json
  --help        show this text
`;

const options = {
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
  limit: { type: 'string', default: '50' },
  days: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
} as const;

export const run = createCommand({ usage, options }, async ({ stack: stackName, json, ...texts }) => {
  const port = parsePositiveInteger('port', texts.port);
  const range = {
    limit: parsePositiveInteger('limit', texts.limit),
    days: parsePositiveInteger('days', texts.days),
    now: Date.now(),
  };
  const stack =
    stackName === undefined ? await describeLocalStack(port) : await describeDeployedStack(stackName);
  const client = new DynamoDBClient(stack.clientConfig);
  try {
    const sessions = await listSessions(
      DynamoDBDocumentClient.from(client),
      requireOutput(stack, 'ChatTableName'),
      range,
    );
    process.stdout.write(json ? `${JSON.stringify(sessions, null, 2)}\n` : formatSessions(sessions));
  } finally {
    client.destroy();
  }
});
